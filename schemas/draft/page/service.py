"""What a page says of the whole service: key, hosts, rate limits, signature of webhooks, scopes. Tables of patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from specloom.schemas.draft.facts import Cite, Credential, Facts, Field, Header, Plan, Said, Signature
from specloom.schemas.draft.labels import kind_of
from specloom.schemas.draft.secrets import is_placeholder, placeholder_prefix

_KEY_HEADER = (
    r"(?:X-[A-Za-z\-]*(?:Key|Token|Auth|Secret)|api[-_]?key|apikey|xi-api-key|Ocp-Apim-Subscri"
    r"ption-Key|[A-Za-z]+-Api-Key|x-[\w\-]*token)"
)
_CREDENTIALS: tuple[tuple[str, str], ...] = (
    (
        "bearer",
        (
            r"Authorization:?[`\"']?\s*:?\s*[`\"']?\s*Bearer\b|\bBearer (?:token|auth)|as a Bearer|Aut"
            r"horization: Bearer|HTTP Authentication, scheme: bearer|HTTP bearer"
        ),
    ),
    ("basic", r"\bHTTP Basic\b|\bBasic (?:auth|authentication)\b|Authorization: Basic\b|scheme: basic"),
    ("scheme", r"Authorization:\s*[`\"']?(?P<scheme>Key|Token|ApiKey|Api-Key|token)\s+\S"),
    ("header", rf"(?<![\w\-])(?P<name>{_KEY_HEADER})\s*[`\"']?\s*:\s*[`\"']?\s*[\w<{{$\[]"),
    ("header", rf"[`\"']?(?<![\w\-])(?P<name>{_KEY_HEADER})[`\"']?\s+(?:HTTP |request )?header"),
    (
        "header",
        (
            r"(?:in|using|via|through|with) (?:the |an? )?(?:HTTP |request )?header(?: named| called)?"
            r"[: ]+[`\"'](?P<name>[A-Za-z][\w\-]+)[`\"']"
        ),
    ),
    ("header", rf"\bheader(?: named| called| field)?:?\s+[`\"']?(?P<name>{_KEY_HEADER})(?![\w\-])"),
    (
        "header",
        (
            r"API Key \([\w.\-]+\)\s*-?\s*Parameter Name: (?P<name>[\w\-.]+), in: header|Header parame"
            r"ter name:\s*`?(?P<name2>[\w\-.]+)"
        ),
    ),
    (
        "query",
        (
            r"[?&](?P<name>api_?key|access_token|apikey|api_token|auth_token|appid)=|[?&](?P<name2>key"
            r"|token)=[<{$\[]?\{?(?:YOUR|API|MY|your|xxx)"
        ),
    ),
    (
        "query",
        r"(?<![\w?&])(?P<name>api_?key|access_token|apikey|api_token|auth_token|appid)=[^`]{0,40}`?[^.]{0,30}\bquery\b",
    ),
    ("query", r"Parameter Name: (?P<name>[\w\-.]+), in: query|Query parameter name:\s*`?(?P<name2>[\w\-.]+)"),
    (
        "query",
        (
            r"(?P<name>api_?key|access_token|apikey|key|token|appid|api_token)[`\"']?(?: as a)? (?:que"
            r"ry|URL) (?:string )?param"
        ),
    ),
    (
        "query",
        (
            r"query (?:string )?param(?:eter)?(?: named| called)?[: ]+[`\"']?(?P<name>api_?key|access_"
            r"token|apikey|appid|api_token|auth_token)\b"
        ),
    ),
)
_KEY_NAME = {
    "header": re.compile(_KEY_HEADER, re.I),
    "query": re.compile(r"(?:api|access|auth)_?(?:key|token)", re.I),
}
"""Names that only keys have, by the place they stand in."""
_COMPILED = tuple((kind, re.compile(pattern, 0 if kind == "scheme" else re.I)) for kind, pattern in _CREDENTIALS)
_PREFIX = re.compile(
    r"(?i)(?:keys?|tokens?|it|they|which|and)\b[^.\n]{0,40}?\b(?:starts?|begins?|beginning|sta"
    r"rting|are prefixed|is prefixed|prefixed)\s+with\s+(?:the prefix\s+)?[`\"'“]?([A-Za-z][\w"
    r"\-]{1,24}[_\-])(?![A-Za-z0-9])"
)
_PLACEHOLDER = re.compile(
    r"(?i:Bearer|Key|Token|Basic|api[-_]key:?)\s+[`\"']?([A-Za-z][\w\-]*(?:x{4,}|X{4,}|\*{3,}|\.{3}|…|your|YOUR)[\w\-*.…]*)"
)
_WHERE = re.compile(
    r"(?i)\b(?:dashboard|settings|account|admin|console|portal|profile|developer (?:page|secti"
    r"on|area|centre|center)|workspace|sign (?:in|up)|organi[sz]ation)\b"
)
_GETS = re.compile(
    r"(?i)\b(?:find|get|creat|generat|regist|copy|navigate|manage|go to|log ?in|ask|obtain|from|in your)"
)
_KEY = re.compile(
    r"(?i)\b(?:api[ \-]?keys?|access tokens?|tokens?|a key|your key|keys? from|new key|keys? (?:are|is|can be))\b"
)
_PERIODS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hr": 3600,
    "hour": 3600,
    "d": 86400,
    "day": 86400,
    "week": 604800,
    "month": 2592000,
}
_RATE = re.compile(
    (
        r"(?<![\w.\-])(\d[\d,]*)\s*(?:API )?(?:requests?|reqs?|calls?|rpm|queries)?\s*(?:/|per|eve"
        r"ry|an?|each)\s*(?:(\d+)\s*)?(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|wee"
        r"ks?|months?)\b(?!\w)"
    ),
    re.I,
)
_RPM = re.compile(r"(?<![\w.\-])(\d[\d,]*)\s*(rpm|rps)\b", re.I)
_RATE_HEADER = re.compile(
    r"(?i)(?:(?<![\w\-])|(?<=[a-z])(?=X-))((?:X-)?(?:App-)?Rate-?Limit-(Limit|Remaining|Reset|Requests-Limit|Requests-Remaining)|Retry-After)(?![\w\-])"
)
_ROLES = {
    "limit": "limit",
    "remaining": "remaining",
    "reset": "reset",
    "requests-limit": "limit",
    "requests-remaining": "remaining",
}
_HMAC = re.compile(r"(?i)\bHMAC[-_ ]?(?:with )?(SHA-?(256|512|1))\b")
_SIGNATURE_HEADER = re.compile(r"(?<![\w\-])((?:[A-Za-z][A-Za-z0-9]*-)+Signature(?:-\w+)?)\b", re.I)
_TIMESTAMP_HEADER = re.compile(r"(?<![\w\-])((?:[A-Za-z][A-Za-z0-9]*-)+Timestamp)\b", re.I)
_TIMED = re.compile(
    r"(?i)\$?\{?\s*timestamp\s*\}?\s*[`\"']?\s*(?:\.|\+\s*[\"'`]\.[\"'`]\s*\+)\s*[`\"']?\$?\{?"
    r"\s*(?:raw[ _]?|request[ _]?)?(?:body|payload)"
)
_BODY = re.compile(
    r"(?i)\b(?:of|over|against|using) (?:the )?(?:raw|request|exact|entire)[ \-]?(?:request )?(?:body|payload)\b"
)
_VERSION_HEADER = re.compile(
    r"(?<![\w\-])((?:[A-Za-z][A-Za-z0-9]*-)+Version)[\"']?:\s*[`\"']?(\d{4}-\d{2}-\d{2}|v?\d+(?:\.\d+)*)(?![\w.\-])"
)
"""A header with the API's version, as every call sends it."""
_SCOPES = re.compile(r"(?<![\w>])([a-z][\w:\-]*(?:\s*>\s*[a-z][\w:\-]*){1,8})")
_LISTED = re.compile(
    r"(?i)\b(scopes|domains)\b[^:.]{0,80}:\s*((?:`?[a-z*][\w:*.\-]*`?,\s*)+(?:or\s+|and\s+)?`?[a-z*][\w:*.\-]*`?)"
)
_LIVES = re.compile(
    r"(?i)\b(?:apis?|endpoints?|requests?|calls?|urls?)\b[^.\n]{0,60}?\b(?:lives?|available|hosted|served|reachable|located|made|sent|go(?:es)?|relative)\b[^.\n]{0,20}?\b(?:at|to|from|under|on)\b[^\w]{0,4}(https?://[^\s`\"'<>|),;]+)"
)
_NAMED_SERVER = re.compile(r"(?i)\b(?:production|live|API)\b[^.\n]{0,12}?(?:\bat\b|:)\s*`?(https?://[^\s`\"'<>|),;]+)")
_BASE = re.compile(
    r"(?i)\b(?:base[ _]ur[li]s?|api[ _](?:base|root|host)(?:[ _]ur[li])?|servers?|root url|endpoint host)\b\W{0,30}?(https?://[^\s`\"'<>|),;]+)"
)
_URL = re.compile(r"https?://[A-Za-z0-9.\-]+(?::\d+)?(?:/[^\s`\"'<>|),;]*)?")
_MAIL = re.compile(r"(?<![\w.])[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")


def learn(facts: Facts, text: str, file: str, line: int, context: str = "", before: str = "") -> None:
    """Adds what one line or cell says. `context` is the section's kind; `before` the line above (a plan's name)."""
    cite = Cite(file, line)
    if len(text) > 4000:
        return
    facts.credentials += _credentials(text, cite) if context != "webhook" else ()
    facts.said += _said(text, cite, context)
    _limits(facts, text, cite, context, before)
    if context == "webhook" or re.search(r"(?i)webhook|callback|signature|signed", text):
        signature = _signature(text, cite)
        if signature is not None:
            facts.signatures.append(signature)


def credential_of(field: Field) -> Credential | None:
    """The credential that an input is: by its name, or `Authorization` by the words about it."""
    if field.place == "header" and field.name.lower() == "authorization":
        words = f"{field.description} {field.example or ''} {field.default or ''}"
        kind = next((kind for kind in ("bearer", "basic") if re.search(kind, words, re.I)), "header")
        prefix = re.search(r"(?<![\w-])(Key|Token|ApiKey|Api-Key)\s+[`<{$\[]*[A-Za-z_]*(?:key|token)", words, re.I)
        return Credential(
            kind=kind, cite=field.cite, value_prefix=f"{prefix[1]} " if prefix and kind == "header" else ""
        )
    pattern = _KEY_NAME.get(field.place)
    named = pattern is not None and pattern.fullmatch(field.name)
    return Credential(kind=field.place, name=field.name, cite=field.cite) if named else None


def _credentials(text: str, cite: Cite) -> Iterator[Credential]:
    for kind, pattern in _COMPILED:
        for found in pattern.finditer(text):
            groups = {k: v for k, v in found.groupdict().items() if v}
            name = groups.get("name") or groups.get("name2") or "Authorization"
            if re.search(r"(?i)rate-?limit|csrf|request-id|idempotency|signature", name):
                continue
            if kind == "scheme":
                yield Credential(kind="header", cite=cite, value_prefix=f"{groups['scheme']} ")
            elif name.lower() != "authorization" or kind in ("bearer", "basic"):
                yield Credential(kind=kind, name=name, cite=cite)
            break


def _said(text: str, cite: Cite, context: str) -> Iterator[Said]:
    if prefix := _PREFIX.search(text):
        yield Said("prefix", prefix[1], cite)
    for hit in _PLACEHOLDER.finditer(text):
        if is_placeholder(hit[1]) and (made := placeholder_prefix(hit[1])):
            yield Said("prefix", made, cite)
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        if _WHERE.search(sentence) and (_KEY.search(sentence) or context == "auth") and len(sentence) < 240:
            if _GETS.search(sentence):
                yield Said("where", sentence.strip(), cite)
    if base := _BASE.search(text) or _LIVES.search(text) or _NAMED_SERVER.search(text):
        yield Said("base", base[1].rstrip("./*"), cite)
    elif context == "server" and (url := _URL.search(text)):
        yield Said("base", url[0].rstrip("./*"), cite)
    if re.search(r"(?i)\bscope|hierarchy", text):
        for found in _SCOPES.finditer(text):
            yield Said("scopes", " ".join(re.split(r"\s*>\s*", found[1])), cite)
    for listed in _LISTED.finditer(text):
        values = re.findall(r"`?([a-z*][\w:*.\-]*)`?(?=\s*(?:,|or\b|and\b|\Z))", listed[2])
        values = [value.rstrip(".") for value in values if value not in ("or", "and")]
        if len(values) > 1:
            yield Said(listed[1].lower(), " ".join(values), cite)
    if version := _VERSION_HEADER.search(text):
        yield Said("header", f"{version[1]}\n{version[2]}", cite)
    if re.search(r"(?i)support|contact|help", text) and (mail := _MAIL.search(text)):
        yield Said("contact", mail[0].rstrip("."), cite)


def _limits(facts: Facts, text: str, cite: Cite, context: str, before: str) -> None:
    for hit in _RATE_HEADER.finditer(text):
        role = "retry_after" if hit[1].lower() == "retry-after" else _ROLES[hit[2].lower()]
        glued = bool(re.search(r"[a-z]\Z|:\Z", text[: hit.start()])) or text[hit.end() : hit.end() + 1] == ":"
        rest = re.split(r"(?i)(?:X-)?Rate-?Limit-", text[hit.end() :])[0].strip(" :|`-–—")
        facts.rate_headers.setdefault(role, Header(hit[1], rest[:200] if hit.start() < 3 or glued else "", cite))
    if context not in ("limits", "limit_headers") and not re.search(r"(?i)rate[ \-]?limit|requests? per|req/", text):
        return
    for sentence in re.split(r"(?<=[.!?;])\s+", text):
        facts.plans += [Plan(name, requests, seconds, cite) for name, requests, seconds in _rates(sentence, before)]


def _rates(text: str, before: str) -> Iterator[tuple[str, int, int]]:
    named = re.match(r"([A-Z][\w ]{1,30}?)\s*[:–—-]\s", text)
    before = before or (named[1] if named and kind_of(named[1]) is None else "")
    if found := _RATE.search(text):
        unit = found[3].lower()
        seconds = _PERIODS.get(unit) or _PERIODS.get(unit.removesuffix("s")) or 0
        requests = int(found[1].replace(",", "")[:12])
        if seconds and requests:
            yield before.strip(" :`"), requests, seconds * int((found[2] or "1")[:6])
    elif short := _RPM.search(text):
        yield before.strip(" :`"), int(short[1].replace(",", "")[:12]), 60 if short[2].lower() == "rpm" else 1


def _signature(text: str, cite: Cite) -> Signature | None:
    algorithm, header = _HMAC.search(text), _SIGNATURE_HEADER.search(text)
    timestamp = _TIMESTAMP_HEADER.search(text)
    content = "{timestamp}.{body}" if _TIMED.search(text) else "{body}" if _BODY.search(text) else ""
    if not (algorithm or header):
        return None
    encoding = re.search(r"(?i)\b(hex|base64)(?:adecimal)?(?:[ \-]?encoded|[ \-]digest|adecimal)?\b", text)
    return Signature(
        cite=cite,
        algorithm=f"hmac-sha{algorithm[2]}" if algorithm else "",
        content=content,
        signature_header=header[1] if header else "",
        timestamp_header=timestamp[1] if timestamp else "",
        encoding=encoding[1].lower() if encoding else "",
    )

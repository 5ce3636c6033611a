"""Addresses of examples: hosts, paths, and which segments stand for parameters."""

from __future__ import annotations

import re
from urllib.parse import unquote

from msgspec import Struct

ABBREVIATIONS = {
    "req": "request",
    "trk": "track",
    "img": "image",
    "gen": "generation",
    "usr": "user",
    "acct": "account",
    "acc": "account",
    "vid": "video",
    "msg": "message",
    "org": "organization",
    "proj": "project",
    "cus": "customer",
    "sub": "subscription",
    "inv": "invoice",
    "evt": "event",
    "ord": "order",
    "txn": "transaction",
    "tx": "transaction",
    "doc": "document",
    "cmt": "comment",
    "cat": "category",
    "prod": "product",
    "pay": "payment",
    "job": "job",
    "task": "task",
    "file": "file",
}
"""Prefixes of ids (`req_…`) as words."""
_PARAMETER = (
    (re.compile(r"\{\{\s*([^{}]+?)\s*\}\}"), r"{\1}"),
    (re.compile(r"\$\{\s*([^{}]+?)\s*\}"), r"{\1}"),
    (re.compile(r"%7B([^{}/]+?)%7D", re.I), r"{\1}"),
    (re.compile(r"(?<=/):([A-Za-z_][\w\-]*)"), r"{\1}"),
    (re.compile(r"<([^<>/]+)>"), r"{\1}"),
    (re.compile(r"(?<=/)\[([A-Za-z_][\w\-]*)\](?=/|\Z)"), r"{\1}"),
    (re.compile(r"(?<=/)\$([A-Za-z_]\w*)"), r"{\1}"),
)
_CAPITALS = re.compile(r"(?:[A-Z][A-Z0-9]*_)+[A-Z0-9]+|YOUR[A-Z0-9_\-]*|ID")
_IDS = re.compile(
    r"\d+|[a-z]{2,9}_\d{2,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{12,}|[a-z]{2,9}[_\-](?=\w*\d)[A-Za-z0-9]{3,}|"
    r"(?=(?:\w*\d){2})(?=\w*[A-Za-z])[A-Za-z0-9_\-]{16,}|\w*[_\-](?:abc|xyz)?1?23\w*",
    re.I,
)
_FILE = re.compile(
    r"(?=.*\d)[\w\-]+\.(?P<ending>wav|mp3|ogg|flac|m4a|png|jpe?g|webp|gif|svg|mp4|mov|webm|pdf|csv|zip|glb|txt|json)\Z"
)
_PLACEHOLDER_HOST = re.compile(
    r"(?i)\b(?:your[\-_.]?\w*|example|domain|my[\-_]?\w+|host(?:name)?|placeholder|company|tenant|subdomain|instance)\b|yourdomain|\{|<|\[|\$|localhost|127\.0\.0\.1|api_?url|base_?url",
    re.I,
)
MAX_SEGMENTS = 40


class Address(Struct, frozen=True):
    """`host` is `https://name` as shown, '' where the example begins with a path or a variable."""

    host: str
    path: str
    query: str


class Template(Struct, frozen=True):
    """A path with its parameters: (name, the example's value or '', whether the name is ours)."""

    path: str
    parameters: tuple[PathParameter, ...]


class PathParameter(Struct, frozen=True):
    name: str
    example: str = ""
    named_by_us: bool = False


def address(url: str) -> Address:
    """An example's URL in its parts."""
    shown = url.strip().strip("`'\"")
    plain, _, query = shown.partition("?") if not re.match(r"[^?]*\{\{[^}]*\?", shown) else (shown, "", "")
    found = re.match(r"(https?://[^/?#]+)(.*)\Z", plain, re.S)
    host, path = (found[1], found[2]) if found else ("", plain)
    if not found:
        path = re.sub(
            r"\A(?:\{\{?[^{}]*\}?\}|\$\{?[\w.]+\}?|<[^>]*>|localhost(?::\d+)?|[\w\-]+(?:\.[\w\-]+)+(?::\d+)?)(?=/|\Z)",
            "",
            path,
        )
    if not path.startswith("/#"):  # a few services tell their calls apart by what stands there
        path = path.partition("#")[0]
    return Address(host, "/" + path.strip().lstrip("/"), query.partition("#")[0])


def path_of(url: str) -> str:
    return address(url).path


def is_placeholder_host(host: str) -> bool:
    """`https://your-domain.com`, `https://api.example.com`: nobody's address."""
    return bool(_PLACEHOLDER_HOST.search(host.partition("://")[2] or host))


def marked(path: str) -> str:
    """Parameters as `{name}`, in whatever way they were marked."""
    for pattern, made in _PARAMETER:
        path = pattern.sub(made, path)
    return re.sub(r"\{([^{}]+)\}", lambda found: "{" + _clean(found[1]) + "}", path)


def _clean(name: str) -> str:
    shown = re.sub(r"[^\w\-.]+", "_", name.strip()).strip("_.")
    return shown.rpartition(".")[2][:60] or "id"


def template(path: str) -> Template:
    """The path with everything that looks like a value as a parameter."""
    segments = marked(path).split("/")[:MAX_SEGMENTS]
    found: list[PathParameter] = []
    for index, segment in enumerate(segments):
        for name in re.findall(r"\{([^{}]+)\}", segment):
            found.append(PathParameter(name))
        made = _value_name(unquote(segment), segments[index - 1] if index else "")
        if made and "{" not in segment:
            while any(made == other.name for other in found):
                made += "_2"
            found.append(PathParameter(made, unquote(segment), True))
            segments[index] = "{" + made + "}"
    return Template("/".join(segments), tuple(found))


def _value_name(segment: str, before: str) -> str:
    """A parameter's name where the segment is a value: `req_abc123` is a `request_id`; '' where it is a word."""
    if _CAPITALS.fullmatch(segment):
        return re.sub(r"^(?:your|my)_?", "", segment.lower()).strip("_-") or "id"
    if _FILE.match(segment):
        return "file"
    if not _IDS.fullmatch(segment) or re.fullmatch(r"v\d+(?:\.\d+)*|\d{4}-\d{2}(?:-\d{2})?", segment):
        return ""
    prefix = re.match(r"([a-z]{2,9})[_\-]", segment)
    if prefix:
        return f"{ABBREVIATIONS.get(prefix[1], prefix[1])}_id"
    owner = re.sub(r"[^a-z0-9]+", "_", before.lower()).strip("_")
    owner = (
        re.sub(r"ies\Z", "y", owner)
        if owner.endswith("ies")
        else owner.removesuffix("s")
        if not owner.endswith("ss")
        else owner
    )
    return f"{owner}_id" if owner and not owner.startswith("{") else "id"


def matches(concrete: str, pattern: str, *, strict: bool = False) -> bool:
    """Whether one path is the other with its parameters filled in. The longer may begin with a base path. `strict`:
    only what looks like a value fills a parameter in; a word is another path's."""
    one = [part for part in marked(concrete).split("/") if part]
    other = [part for part in marked(pattern).split("/") if part]
    if not other or abs(len(one) - len(other)) > 4:
        return one == other
    one, other = (one, other) if len(one) >= len(other) else (other, one)
    base = one[: len(one) - len(other)]
    if any("{" in part for part in base):
        return False
    pairs = list(zip(one[len(base) :], other, strict=True))
    words = any(a == b and "{" not in a for a, b in pairs)
    return all(_same_segment(a, b, strict) for a, b in pairs) and (words or not base)


def _same_segment(one: str, other: str, strict: bool) -> bool:
    if one == other or shape(one) == shape(other):
        return True
    if "{" in one:
        one, other = other, one
    if "{" not in other or "{" in one:
        return False
    parts = re.split(r"\{[^{}]*\}", other)
    filled = one.startswith(parts[0]) and one.endswith(parts[-1]) and len(one) > sum(map(len, parts))
    return filled and (
        not strict or len(parts) > 2 or bool(_value_name(one[len(parts[0]) : len(one) - len(parts[-1])], ""))
    )


def shape(path: str) -> str:
    """The path with its parameters' names left out: what tells two operations apart."""
    return re.sub(r"\{[^{}]*\}", "{}", path).rstrip("/") or "/"

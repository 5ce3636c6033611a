"""What the headings and labels of pages announce, as a table: the field's usual words, of no vendor."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal[
    "path", "query", "header", "cookie", "body", "parameters", "request", "response", "properties", "errors", "auth",
    "limits", "limit_headers", "webhook", "server", "values", "other",
]  # fmt: skip
"""What follows: inputs of a place, inputs of any place, an example of a call, replies, properties of a reply, …"""

_WORDS: tuple[tuple[Kind, str], ...] = (
    ("path", r"(?:path|uri|url)[ \-](?:param(?:eter)?s?|variables?|segments?|arguments?)|url parameters?"),
    ("query", (
        r"(?:url )?query(?:[ \-](?:string )?(?:param(?:eter)?s?|arguments?|strings?|variables?))?|"
        r"querystring(?: param(?:eter)?s?)?|filters"
    )),
    ("limit_headers", r"rate[ \-]?limit(?:ing)? headers?|headers? and rate limits?"),
    ("header", r"(?:request |http |required )?headers?(?: param(?:eter)?s?| fields?)?|header param(?:eter)?s?"),
    ("cookie", r"cookie param(?:eter)?s?|cookies"),
    ("body", (
        r"(?:request |json |form )?body(?: ?\(?(?:required|optional)\)?)?(?: (?:param(?:eter)?s?|s"
        r"chema|fields?|attributes?|properties|payload|data))?:?(?: ?\(?application/[\w.+\-]+\)?(?"
        r": ?required)?)?|request body schema.*|form (?:data|param(?:eter)?s?|fields?)|body \(?(?:"
        r"application|multipart)/.*|payload(?: fields?)?|(?:request|inputs?) (?:fields|attributes|properties|s"
        r"chema)|data param(?:eter)?s?"
    )),
    ("parameters", (
        r"(?:request |input |http |api |available |supported |optional |required |method )?(?:para"
        r"m(?:eter)?s?|arguments?|args|inputs?|options)(?: table)?"
    )),
    ("request", (
        r"(?:example |sample )?(?:request|call|usage)s?(?: (?:examples?|samples?|code|url|format))"
        r"?|(?:code|request|usage) (?:samples?|examples?|snippets?)|example(?: usage| call| code| "
        r"curl)?|curl(?: example)?|samples?|http request|payload"
    )),
    ("properties", (
        r"(?:responses?|returned|return|object|reply|result) (?:data )?(?:attributes?|fields?|properties|param"
        r"(?:eter)?s?|schema|object|body fields?|headers?)|response schema.*|attributes?|propertie"
        r"s|the .{2,40} object|returns? an? .{1,30} object"
    )),
    ("response", (
        r"(?:example |sample |success(?:ful)? |json |http )?(?:responses?|repl(?:y|ies)|outputs?|r"
        r"esults?|returns?)(?: (?:examples?|samples?|body|json|format|payload|codes?))?|(?:example"
        r"|sample) responses?|use the response|responses?"
    )),
    ("errors", (
        r"(?:http |api |common |possible )?(?:errors?|status|error status|http status|response sta"
        r"tus)(?: (?:codes?|responses?|handling|messages?|table|types?))?(?: (?:&|and) .*)?|handli"
        r"ng errors|failures?|error object"
    )),
    ("limits", (
        r"(?:api |usage )?(?:rate[ \-]?limit(?:s|ing)?|usage limits?|quotas?|limits?|throttling)(?"
        r": (?:by|per) plan| and quotas?| policy)?|plans?(?: (?:&|and) limits?)?"
    )),
    ("auth", (
        r"(?:api )?(?:authenticat(?:ion|ing)|authori[sz]ations?|api keys?|credentials?|security)(?"
        r": header| (?:&|and) .*| schemes?| requests?| tokens?)?|get(?:ting)? (?:your|an?) api key"
        r"|using your api key"
    )),
    ("webhook", (
        r"webhooks?(?: .*)?|callbacks?|.*\bwebhook (?:signatures?|security|events?)|verify(?:ing)?"
        r" (?:the )?(?:webhook )?signatures?"
    )),
    ("server", r"base ur[li]s?|api (?:base|root|endpoint|host)(?: ur[li])?|servers?|hosts?|environments?"),
    ("values", r"enumerated values|possible values|allowed values|available (?:values|options)|enum"),
    ("other", (
        r"use the output|set the json body|add an http request node|configure the request|client l"
        r"ibraries|javascript(?:/node(?:\.js)?)?|python|node(?:\.js)?|php|ruby|go|java|installatio"
        r"n|need help\??|tips?|notes?|pro tip|schemas?|models?"
    )),
)  # fmt: skip
_LABELS = tuple((kind, re.compile(rf"(?:{pattern})\s*:?\s*\Z", re.I)) for kind, pattern in _WORDS)
_TAILS = (
    r"Request [Bb]ody|Example [Rr]equests?|Example [Rr]esponses?|Example [Uu]sage|Request [Ee]"
    r"xamples?|Response [Ee]xamples?|"
    r"Responses?|Use the [a-z]+|Rate [Ll]imits? by plan|Rate [Ll]imits?|Usage [Ll]imits?|Error"
    r" [Cc]odes?|Authentication Header|"
    r"Code [Ee]xamples?|Code [Ss]amples?|Query [Pp]aram(?:eter)?s|Path [Pp]aram(?:eter)?s|Body"
    r" [Pp]aram(?:eter)?s|Parameters|"
    r"Client [Ll]ibraries|Getting [Yy]our API [Kk]ey|Set the JSON body|Headers|Need Help\?|Err"
    r"ors|Status [Cc]odes?|Returns"
)
LABEL_TAIL = re.compile(rf"(.*[A-Za-z0-9.\"')\]}}*])((?:{_TAILS}))\s*\Z")
"""A label that copying has glued to the end of a line."""
STATUS = re.compile(
    r"(?:(?:(?:example |sample |success(?:ful)? |error )?responses?|success|ok)\s*:?[\s`(]+)?"
    r"(?:HTTP(?:/[\d.]+)?\s+)?(?:status:?\s*)?"
    r"([1-5](?:\d\d|XX))\b[ :\-–—]*(.{0,120})\Z",
    re.I | re.S,
)
"""A label that is a status: `200`, `404 Not Found`, `201 Response`."""


INPUTS: dict[Kind, str] = {
    "path": "path", "query": "query", "header": "header", "cookie": "cookie", "body": "body", "parameters": "",
}  # fmt: skip
"""Labels that announce inputs, with their place."""


def kind_of(text: str) -> Kind | None:
    """What a heading announces; None for one that only names something."""
    shown = re.sub(r"[`*#]", "", text).strip(" :.")
    if len(shown) > 90:
        return None
    return next((kind for kind, pattern in _LABELS if pattern.match(shown)), None)


def is_label(text: str) -> bool:
    return kind_of(text) is not None


def status_of(text: str) -> tuple[str, str] | None:
    """(status, description) of a label that begins with one."""
    found = STATUS.match(text.strip().strip("`*"))
    if not found or re.match(r"[A-Za-z]?\d|\s*(?:per|/|req|x)", found[2]) or len(text) > 140:
        return None
    return found[1].upper(), re.sub(r"(?i)^\s*(?:response|example)\s*$", "", found[2]).strip()

"""Methods, paths, hosts and costs as pages write them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from specloom.schemas.draft.blocks import Block, Heading, Paragraph, Table
from specloom.schemas.draft.facts import Cite, Cost
from specloom.schemas.draft.labels import kind_of

METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"
_REST = r"(?:[^\s`\"'<>|)]|<[A-Za-z][\w\- ]{0,40}>)"
_PATH = rf"(?:https?://{_REST}+|\{{\{{?[\w.\-]+\}}\}}?/{_REST}*|/{_REST}*)"
_WHOLE = re.compile(

        rf"(?:\d+[.)]\s+)?(?i:endpoint|url|http request|request|route)?\s*:?\s*[`\[(]?\s*(?P<method>"
        rf"{METHODS}|DEL|get|post|put|patch|delete|head|options|Get|Post|Put|Patch|Delete)\s*[`\])]"
        rf"?"

    rf"\s*[:\-–—|·]?\s*`?(?P<path>{_PATH})`?(?:\s+HTTP/[\d.]+)?(?P<rest>.*)\Z",
    re.S,
)  # fmt: skip
_PLACE_LABEL = r"(?:url|uri|path|endpoint|address)\s*:\s*`?"
_METHOD_LABEL = r"(?:HTTP )?(?:method|verb)\s*:\s*`?"
_LABELLED = re.compile(
    rf"{_METHOD_LABEL}(?P<method>{METHODS})`?[\s,;|]*{_PLACE_LABEL}(?P<path>{_PATH})`?\Z|"
    rf"{_PLACE_LABEL}(?P<path2>{_PATH})`?[\s,;|]*{_METHOD_LABEL}(?P<method2>{METHODS})`?\Z",
    re.I,
)
"""`Method: POST URL: https://…`, in either order."""
_TRAILING = re.compile(rf"(?P<path>{_PATH})\s*[`\[(]*\s*(?P<method>{METHODS})[`\])]*\s*\Z")
_MENTION = re.compile(rf"(?<![A-Za-z])(?P<method>{METHODS})\s+`?(?P<path>{_PATH})")
_SEGMENT = re.compile(r"[\w.\-~]+|\{[\w\-]+\}|:\w+")
_COST = re.compile(
    r"(?P<amount>\d{1,6}(?:\.\d{1,4})?)\s*(?P<unit>credit|request|token|point|coin|unit|call)s?(?=[^a-z]|\Z)", re.I
)  # fmt: skip
_COST_WORDS = re.compile(
    r"(?i)(?:costs?|price[ds]?(?: at)?|consumes?|uses|deducts|charge[sd]?(?: at)?|billed(?: at"
    r")?|cost:)\s*:?\s*(?:\*\*)?"
    r"(?P<amount>\d{1,6}(?:\.\d{1,4})?)\s*(?P<unit>credit|request|token|point|coin|unit)s?\b"
)
_COST_PASSIVE = re.compile(
    r"(?i)(?P<amount>\d{1,6}(?:\.\d{1,4})?)\s*(?P<unit>credit|token|point|coin|unit)s?\s+(?:is|are|will be)\s+"
    r"(?:deducted|charged|consumed|used|billed)\b"
)
_FUSED = re.compile(
    (
        r"(?P<path>/[\w\-./{}:<>]*?)(?P<cost>\d{1,4}(?:\.\d+)?\s*(?:credit|request|token|point|coi"
        r"n|unit)s?)(?P<rest>[A-Z].*|\s*)\Z"
    ), re.S
)  # fmt: skip
_BARE = re.compile(r"`?(?P<path>/[A-Za-z][\w\-./{}:<>]*)`?\Z")
_NAMED = re.compile(rf"(?P<title>[A-Z][^`\n:.]{{2,60}}?)\s*[—–:-]\s*`?(?P<call>(?:{METHODS})\s+{_PATH})`?\Z")
"""`Create video — POST /videos`."""
_NO_TITLE = re.compile(
    r"(?i)\b(?:see|use|us(?:ing|age)|call|poll|via|example|e\.g|note|then|request|returns?|endpoint|with|to|by)\b"
)
_TOLD = re.compile(
    rf"(?P<before>.{{0,200}}?)\b(?:send|sends|sending|make|making|issue|do|with|by)\s+(?:an?\s+)?(?:HTTP\s+)?`?(?P<method>{METHODS})`?"
    rf"(?:\s+(?:request|call))?\s+to\s+`?(?P<path>{_PATH})`?(?P<rest>.*)\Z", re.S
)  # fmt: skip
"""`To upscale a picture, send a POST request to /upscale with …`."""
_PURPOSE = re.compile(r"(?:\A|(?<=[.!?]\s))(?:To|You can)\s+(?P<words>[a-z][^.,:`]{3,80}?)(?:,|\s+with|\s+by|\Z)")
_METHOD = re.compile(r"(?:(?:HTTP )?(?:method|verb)\s*:\s*)?`?(GET|POST|PUT|PATCH|DELETE|DEL)`?", re.I)
_URL = re.compile(r"(?:url|uri|path|endpoint|address)\s*:\s*(?=`?[/h])", re.I)
MAX_PATH = 300
MAX_SEGMENTS = 60
"""Blocks that a path in lines of its own may take."""


class Endpoint(Struct, frozen=True):
    """`method` is '' where only a path is told. `rest` is the words after it."""

    method: str
    path: str
    rest: str = ""
    cost: Cost | None = None
    title: str = ""


def endpoint(text: str, file: str, line: int) -> Endpoint | None:
    """The endpoint that a line consists of (words may follow it); None for prose that mentions one."""
    shown = text.strip()
    if len(shown) > 2000:
        return None
    if labelled := _LABELLED.match(shown):
        method, path = labelled["method"] or labelled["method2"], labelled["path"] or labelled["path2"]
        return Endpoint(method.upper(), tidy(path))
    found = _WHOLE.match(shown) or _TRAILING.match(shown)
    if found and len(found["path"]) <= MAX_PATH and not re.match(r"\w+https?:", shown):
        rest = (found.groupdict().get("rest") or "").strip(" `-–—:|")
        path = found["path"]
        if path.startswith("http") and re.fullmatch(r"/[\w\-./{}:<>]+", rest):
            path, rest = path.rstrip("/") + rest, ""  # a base URL and a path, each in an element of its own
        if len(rest) > 400 or "*" in path or re.match(r"(?i)(?:to|and|or|then)\b", rest):
            return None
        return Endpoint(
            found["method"].upper().replace("DEL", "DELETE").replace("DELETEETE", "DELETE"), tidy(path), rest
        )
    if (named := _NAMED.match(shown)) and not _NO_TITLE.search(named["title"]):
        method, path = named["call"].split(maxsplit=1)
        return Endpoint(method, tidy(path), title=named["title"])
    if fused := _FUSED.match(shown):
        amount = _COST.match(fused["cost"])
        if amount and len(fused["path"]) > 1:
            return Endpoint("", tidy(fused["path"]), fused["rest"].strip(), _cost(amount, Cite(file, line)))
    if (bare := _BARE.match(shown)) and shown.count("/") > 1:
        return Endpoint("", tidy(bare["path"]))
    return None


def told_in_prose(text: str) -> Endpoint | None:
    """The call that a sentence tells to make, with its purpose as title; `rest` are the words after its path."""
    found = _TOLD.match(text) if len(text) < 2000 else None
    if found is None or len(found["path"]) > MAX_PATH or "*" in found["path"]:
        return None
    purpose = _PURPOSE.search(found["before"])
    title = purpose["words"].strip() if purpose else ""
    return Endpoint(found["method"], tidy(found["path"]), found["rest"], title=title[:1].upper() + title[1:])


class Joined(Struct, frozen=True):
    """An endpoint that a method begins and the `blocks` after it complete; `line` is that of its path."""

    endpoint: Endpoint
    line: int
    blocks: int


def joined(blocks: Sequence[Block], index: int, file: str) -> Joined | None:
    """The endpoint of which the block at `index` is nothing but the method."""
    first, following = blocks[index], blocks[index + 1 : index + 1 + MAX_SEGMENTS]
    method = None if isinstance(first, Table) else _METHOD.fullmatch(first.text.strip())
    if method is None or not following or isinstance(following[0], Table):
        return None
    path, taken = _spelled_out([b.text if isinstance(b, Heading | Paragraph) else "" for b in following])
    if taken < 2:
        path, taken = _URL.sub("", following[0].text.strip()), 1
    found = endpoint(f"{method[1].upper()} {path}", file, first.line) if len(path) < 400 else None
    return Joined(found, following[0].line, taken) if found is not None else None


def _spelled_out(texts: Sequence[str]) -> tuple[str, int]:
    """A path whose slashes and segments are lines of their own, and how many lines it takes."""
    path, taken = "", 0
    for text in texts:
        shown = text.strip("` ")
        if not (
            shown == "/"
            and not path.endswith("/")
            or path.endswith("/")
            and _SEGMENT.fullmatch(shown)
            and kind_of(shown) is None
        ):
            break
        path, taken = path + shown, taken + 1
    return path, taken


def tells_errors_once(blocks: Sequence[Block]) -> bool:
    """Whether one section has the errors of all calls. A label between two calls is part of the first of them."""
    sections = [i for i, b in enumerate(blocks) if isinstance(b, Heading) and kind_of(b.text) == "errors"]
    if len(sections) != 1:
        return False
    label = blocks[sections[0]]
    calls = [not isinstance(b, Table) and bool((found := endpoint(b.text, "", 0)) and found.method) for b in blocks]
    between = any(calls[: sections[0]]) and any(calls[sections[0] :])
    return not (between and isinstance(label, Heading) and label.level == 0)


def mentions(text: str) -> list[Endpoint]:
    """Endpoints in prose, each with its method."""
    found = [Endpoint(hit["method"], tidy(hit["path"])) for hit in _MENTION.finditer(text) if "*" not in hit["path"]]
    return [each for each in found if len(each.path) > 1 and len(each.path) <= MAX_PATH]


def tidy(path: str) -> str:
    """Without the marks and the full stop that stand around it."""
    return path.rstrip(".,;:`*)\\") if not path.endswith("}") else path


def cost(text: str, file: str, line: int) -> Cost | None:
    """`Costs 5 credits`, or a line that is nothing but `5 credits`."""
    found = _COST_WORDS.search(text) or _COST_PASSIVE.search(text)
    if found is None and len(text) < 30:
        found = _COST.fullmatch(text.strip(" ()`"))
    return _cost(found, Cite(file, line)) if found else None


def _cost(found: re.Match[str], cite: Cite) -> Cost:
    amount = float(found["amount"])
    unit = found["unit"].lower()
    shown = int(amount) if amount.is_integer() else amount
    return Cost(shown, unit if amount == 1 else f"{unit}s", cite)

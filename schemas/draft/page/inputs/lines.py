"""Inputs told in lines: list items (`name (string, required): …`), cards (name, type and words in lines), and the
run-together text of a copied page (`prompt *stringWhat to generate.stylestring"none" or "anime".`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from specloom.schemas.draft.facts import Cite, Field
from specloom.schemas.draft.page.inputs.choices import described
from specloom.schemas.draft.page.inputs.facets import TYPE, TYPES, typed, with_facets

_IDENTIFIER = r"[A-Za-z_$@][\w$\-]*(?:(?:\[\w*\])?\.[A-Za-z_$][\w$\-]*)*(?:\[[\w\-]*\])*"
_NAME = re.compile(rf"`?\s*({_IDENTIFIER})\s*`?")
_WORDS = "|".join(sorted(TYPES, key=len, reverse=True))
_FUSED_TYPES = "string|integer|number|boolean|array|object|float|double|file|enum|int|bool"
_FUSED = re.compile(
    rf"(?:(?<=^)|(?<=[.!?)\]\"'\s”’]))(?P<name>[a-z_][A-Za-z0-9_]*?)(?:\s*(?P<mark>\*|required|optional)\s*)?"
    rf"(?P<type>{_FUSED_TYPES})(?P<many>\[\]|<\w+>)?(?:\s*(?P<mark2>\*|required|optional))?(?=[A-Z\"'\[(“0-9]|\s*$)"
)
_INLINE = re.compile(
    rf"`?(?P<name>{_IDENTIFIER})`?\s*(?P<star>\*)?\s*"
    rf"(?:[(\[{{<:–—-]\s*|\s|(?<=`))\s*(?P<marks>(?:`?(?:{_WORDS})s?\b`?(?:\s*\[\]|\[\]|\s*[<(]"
    rf"[\w\-| ]+[>)])?|array of \w+|or\s+null|or\s+(?:{_WORDS})s?\b|defaults?\s+to\s+\S+|required|optional|nullable|"
    rf"in (?:path|query|header|body)|(?:path|query|body|header)\b|default[:=]\s*[^,)]+|enum|[,|"
    rf"/·•;]|\s)+)[)\]}}>]?\s*(?P<rest>.*)\Z",
    re.I | re.S,
)
_ANY_TYPE = re.sub(r"\?P<\w+>", "?:", TYPE.pattern)
_TYPE_LINE = re.compile(
    rf"(?:"
    rf"{_ANY_TYPE}"
    rf"|enum<\w+>|{_WORDS})"
    r"(?:\s*(?:·|\||,|-|\s)\s*(?:required|optional|nullable|enum|default(?:s to|:)?\s*\S+|in (?:path|qu"
    r"ery|header|body)|path|query|header|body|length\s*[≤<]=?\s*\d+|[≤≥<>]=?\s*-?[\d.]+|-?[\d.]+\s*(?:to|-|–)\s*-?[\d.]+|"
    r"\[\s*-?[\d.]+\s*\.\.\s*-?[\d.]+\s*\]))*"
    r"\s*\*?\Z",
    re.I,
)
_IN_PROSE = re.compile(
    r"\b(?:has|have|with|set|and|contains?|containing|holds?|takes?|includ(?:es?|ing)|fields?|parameters?|optionally|pass|give)\s+"
    r"(?:(?:an?|the|its|your|optional|required)\s+){0,3}`(?P<name>[A-Za-z_]\w*)`"
    r"(?P<after>(?:\s+to\s+(?:`[^`]+`(?:,\s*(?:or\s+)?|\s+or\s+)?)+)?(?:\s*\([^()]{0,120}\))?)", re.I
)  # fmt: skip
_MARK_LINE = re.compile(r"(?i)required|optional|nullable|path|query|header|cookie|body|\*")
"""A line of a card that is nothing but a mark or a place."""
MAX_NAME = 400
"""Letters of a cell or a line that holds a name and marks."""
MAX_LINE = 4_000
"""Letters of a line that tells one input."""
_NOT_NAMES = frozenset(
    "string integer number boolean array object true false null none default required optiona"
    "l example response request "
    "headers parameters note tip the this a an curl get post put patch delete".split()
)


def name_of(text: str) -> str:
    """The name of an input that a cell or a line consists of (marks such as `*` and `required` apart); '' for prose."""
    if len(text) > MAX_NAME:
        return ""
    shown = re.sub(r"(?i)\b(?:required|optional|deprecated|nullable)\b|[*†‡?]|\((?:[^()]*)\)", " ", text).strip(" :,")
    shown = re.sub(rf"\s+(?:{_WORDS})(?:\[\])?\s*\Z", "", shown, flags=re.I) if " " in shown else shown
    found = _NAME.fullmatch(shown.strip())
    return found[1] if found and len(found[1]) <= 100 else ""


def inline_field(text: str, file: str, line: int, place: str, *, loose: bool = False) -> Field | None:
    """`name (string, required) - words` and its kin; None where the text is no input. `loose`: a name in backticks
    and words are enough."""
    if len(text) > MAX_LINE:
        return None
    found = _INLINE.match(text)
    if found and found["name"].lower() not in _NOT_NAMES and re.search(r"\w", found["marks"]):
        marks = found["marks"]
        if not loose and _reads_as_prose(text, found):
            return None
        field = typed(Field(name=found["name"], cite=Cite(file, line), place=_place(marks) or place), marks)
        required = True if found["star"] or re.search(r"(?i)\brequired\b", marks) else None
        rest = _clean(found["rest"])
        required = False if re.search(r"(?i)\boptional\b", marks) else required
        if required is None:
            required = _told_required(rest)
        field = with_facets(replace(field, required=required, description=_stripped(rest)), marks)
        return with_facets(field, found["rest"])
    named = (
        re.match(rf"`({_IDENTIFIER})`\s*(?P<star>\*)?\s*(?:[:–—-]|\s)\s*(?P<rest>\S.*)\Z", text, re.S)
        if loose
        else None
    )
    if named is None:
        return None
    field = Field(name=named[1], cite=Cite(file, line), place=place, required=_told_required(named["rest"]))
    return with_facets(replace(field, description=_stripped(_clean(named["rest"]))), named["rest"])


def _reads_as_prose(text: str, found: re.Match[str]) -> bool:
    """`Send string values …`: a plain word followed by a type is no input."""
    quoted = text.startswith("`") or found["star"]
    joined = re.match(r"\s*[(\[{<:–—-]", text[len(found["name"]) :])
    named = re.search(r"[_\-.$\d]|[a-z][A-Z]", found["name"])
    rest = found["rest"].strip()
    return not (quoted or joined or named or not rest or re.search(r"(?i)required|optional", found["marks"]))


def _place(marks: str) -> str:
    found = re.search(r"(?i)\b(path|query|header|body)\b", marks)
    return found[1].lower() if found else ""


def _told_required(text: str) -> bool | None:
    head = text.strip()[:40]
    if re.match(r"(?i)\W*(?:\(?optional\b)", head):
        return False
    return True if re.match(r"(?i)\W*(?:\(?(?:required|mandatory)\b(?! (?:if|when|for|unless|only)))", head) else None


def _clean(text: str) -> str:
    shown = re.sub(r"\s+", " ", text).strip(" -–—:·|.,")
    shown = shown if "(" in shown else shown.strip(" )")
    return shown + ("." if text.rstrip().endswith(".") else "")


def _stripped(text: str) -> str:
    return re.sub(r"(?i)^\W*(?:(?:required|optional|mandatory)\b\W*)+", "", text).strip(" .") + (
        "." if text.endswith(".") and text != "." else ""
    )


def fused_fields(text: str, file: str, line: int, place: str) -> list[Field]:
    """The inputs of a run-together line; [] where it is none."""
    hits = [hit for hit in _FUSED.finditer(text) if hit["name"] and hit["name"] not in _NOT_NAMES]
    if not hits or hits[0].start() > 0:
        return []
    found: list[Field] = []
    for hit, following in zip(hits, [*hits[1:], None], strict=True):
        rest = text[hit.end() : following.start() if following else len(text)].strip()
        required = True if "*" in (hit["mark"], hit["mark2"]) or "required" in (hit["mark"], hit["mark2"]) else None
        field = Field(name=hit["name"], cite=Cite(file, line), place=place, required=required)
        field = typed(field, hit["type"] + (hit["many"] or ""))
        found.append(with_facets(replace(field, description=described(rest)), rest))
    return found


def prose_fields(text: str, file: str, line: int) -> list[Field]:
    """The body's inputs that sentences name: ``with `image_url` (required) and `format` to `png` or `webp` ``."""
    found: dict[str, Field] = {}
    for hit in _IN_PROSE.finditer(text[:MAX_LINE]):
        if hit["name"] in found or hit["name"].lower() in _NOT_NAMES:
            continue
        words = hit["after"] or ""
        required = True if re.search(r"\brequired\b", words) else False if re.search(r"\boptional", hit[0]) else None
        values = re.findall(r"`([^`]+)`", re.split(r"\(", words)[0])
        field = Field(name=hit["name"], cite=Cite(file, line), place="body", required=required)
        if values and all(value in ("true", "false") for value in values):
            field = replace(field, type="boolean")
        elif len(values) > 1:
            field = replace(field, type="string", choices=tuple(values))
        found[hit["name"]] = with_facets(field, " ".join(re.findall(r"\([^()]*\)", words)))
    return list(found.values())


def is_type_line(text: str) -> bool:
    return len(text) < 80 and bool(_TYPE_LINE.match(text.strip(" `")))


def is_mark(text: str) -> bool:
    return bool(_MARK_LINE.fullmatch(text.strip()))


def card_field(lines: list[tuple[str, int]], file: str, place: str) -> Field | None:
    """One input from lines of its own: its name, its type (and marks), then words."""
    (first, line), rest = lines[0], lines[1:]
    name = name_of(first)
    if not name or not rest:
        return None
    marks = " ".join(text for text, _ in _marks(rest))
    field = typed(Field(name=name, cite=Cite(file, line), place=_place(marks) or place), marks)
    words = [text for text, _ in rest if not is_type_line(text) and not is_mark(text)]
    required = True if re.search(r"(?i)\brequired\b|\*\s*$", f"{first} {marks}") else None
    required = False if re.search(r"(?i)\boptional\b", f"{first} {marks}") else required
    shown = [
        text
        for text in words
        if not re.match(
            r"(?i)(?:default|available options|allowed values|required range|enum|example|maximum|minimum)\b", text
        )
    ]
    field = replace(field, required=required, description=" ".join(shown[:6]))
    for text in (marks, *words):
        field = with_facets(field, text)
    return field


def _marks(lines: list[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    for text, line in lines[:4]:
        if is_type_line(text) or is_mark(text):
            yield text, line

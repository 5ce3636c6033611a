"""Words for people out of words for machines; strangers' texts made safe to print on one line or in one help box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from specloom.schemas.memo import cached

MAX_TITLE = 120
MAX_DESCRIPTION = 4000

_CONTROL = partial(
    re.compile,
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    r"\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]",
)
_BREAK = re.compile("\r\n?|[\u2028\u2029]")
_WORD = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[^\W_A-Z]+|[A-Z]")
_ACRONYMS = {
    word.lower(): word
    for word in "AI API CFG CPU CSS CSV DNS DNA FAQ GPU GUID HTML HTTP HTTPS ID IDs IP JPEG JSON JWT LLM MFA MIME NSFW "
    "OAuth PDF PNG POS QR REST SaaS SDK SKU SMS SQL SSH SSL SSO SVG TLS TTL TTS UI URI URL URLs UTC UUID VAT VIN VM "
    "XML YAML ZIP 3D 2D".split()
}
_SMALL = frozenset("a an and as at but by for from in into nor of on onto or over per the to via with".split())


_TAG = re.compile(
    r"</?(?:a|abbr|b|blockquote|br|center|code|dd|div|dl|dt|em|font|h[1-6]|hr|i|img|li|ol|p|pre|script|small|span|strong|"
    r"style|sub|sup|table|tbody|td|th|thead|tr|u|ul)\b[^<>]{0,500}>",
    re.I,
)
_BLOCK = re.compile(r"</?(?:p|div|br|h[1-6]|hr|li|ol|ul|dl|dt|dd|tr|table|pre|blockquote)\b", re.I)
_LINES = re.compile(r"[ \t]*\n\s*\n\s*")


def _plain(text: str) -> str:
    """Without HTML, which most platforms would show as it is written."""
    from html import unescape  # many documents do without

    text = _TAG.sub(lambda tag: "\n" if _BLOCK.match(tag[0]) else "`" if tag[0].lower() in _CODE else "", text)
    return _LINES.sub("\n\n", unescape(text))


_CODE = ("<code>", "</code>")


def clean(text: object, limit: int = MAX_DESCRIPTION) -> str:
    """Without control and direction-changing characters, stray white space and what exceeds `limit` characters."""
    if not isinstance(text, str):
        return ""
    if "<" in text and _TAG.search(text, 0, limit * 4):
        text = _plain(text[: limit * 4])
    if len(text) <= limit and (text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable()):
        return text.strip()
    text = _BREAK.sub("\n", _CONTROL().sub("", text[: limit * 4])).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def one_line(text: object, limit: int = MAX_TITLE) -> str:
    if not text:
        return ""
    return " ".join(clean(text, limit * 4).split())[:limit].rstrip()


def words(name: str) -> list[str]:
    """'image_url2' and 'imageURL2' to their words, in lower case but for what is all capitals."""
    return _WORD.findall(name)


def title_case(text: str) -> str:
    """'generate an image' to 'Generate an Image'; words with capitals of their own stay as they are."""
    parts = text.split()
    result = []
    for index, word in enumerate(parts):
        low = word.lower()
        if low in _ACRONYMS:
            word = _ACRONYMS[low]
        elif low in _SMALL and 0 < index < len(parts) - 1:
            word = low
        elif word == low:
            word = word[:1].upper() + word[1:]
        result.append(word)
    return " ".join(result)


@cached(32768)
def humanize(name: str) -> str:
    """A label made from a machine's name: 'webhook_url' to 'Webhook URL'."""
    parts = [_ACRONYMS.get(word.lower(), word.lower()) for word in words(name)]
    return title_case(" ".join(parts))[:MAX_TITLE] if parts else one_line(name)


def slug(text: str) -> str:
    """Lower-case words joined by underscores, for keys made from titles; '' when nothing is left."""
    return "_".join(re.findall(r"[a-z0-9]+", text.lower()))


_COLON_SEGMENT = re.compile(r"(?<=/):([A-Za-z_]\w*)(?=/|$)")


def path_template(path: str) -> str:
    """'/jobs/:id' of Express and its like as OpenAPI writes it: '/jobs/{id}'. What stands behind other text, as the
    verb of '/jobs/{id}:cancel' does, stays."""
    return _COLON_SEGMENT.sub(r"{\1}", path) if "/:" in path else path


MAX_HELP = 120
_SENTENCE = re.compile(r"(?<=[^\s.][^\s.][.!?])\s+(?=[^\sa-z])")
_LINKED = re.compile(r"!?\[([^\[\]]*)\]\([^\s()]*\)")
_CLAUSE = re.compile(r"[;:,(]\s|\s[-–—(]")
_REFERS_ON = re.compile(r"(?:[:,;]|\b(?:and|or|of|the|a|an|see|following|below))$")
_ABBREVIATED = ("e.g.", "i.e.", "etc.", "vs.", "cf.", "approx.")


@cached(32768)
def brief(text: str, limit: int = MAX_HELP) -> str:
    """As many whole sentences as fit in `limit` characters, links as their words; where not even the first does, as
    much of it as makes sense. Without a full stop at the end."""
    line = " ".join(_LINKED.sub(r"\1", text).split())
    kept = ""
    for sentence in _sentences(line):
        longer = f"{kept} {sentence}" if kept else sentence
        if len(longer.rstrip(".")) > limit:
            break
        kept = longer
    return _ended(kept or _clause(line, limit))


def with_notes(text: str, notes: Sequence[str], limit: int = MAX_HELP) -> str:
    """A description, shortened so that the notes which matter to whoever fills in the field fit behind it."""
    told = [note.strip().rstrip(".") for note in notes if note.strip()]
    while told and len(". ".join(told)) > limit:
        told.pop()
    room = limit - len(". ".join(told)) - 2
    said = brief(text, room if told else limit) if text and (room >= _LEAST or not told) else ""
    return ". ".join([part for part in (said, *told) if part])


_LEAST = 24
"""Characters below which a shortened description says nothing."""


def _sentences(line: str) -> list[str]:
    found: list[str] = []
    for part in _SENTENCE.split(line):
        if found and found[-1].lower().endswith(_ABBREVIATED):
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found


def _clause(line: str, limit: int) -> str:
    """The longest beginning that ends where a part of the sentence does, or else between words."""
    if len(line) <= limit:
        return line
    ends = [match.start() for match in _CLAUSE.finditer(line, limit // 2, limit + 2) if match.start() <= limit]
    if ends and line.count("(", 0, ends[-1]) == line.count(")", 0, ends[-1]):
        return line[: ends[-1]]
    cut = line[: limit - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > limit // 2 else cut).rstrip(" ,;:-`(") + "…"


def _ended(text: str) -> str:
    """Without a full stop, or words that only lead on to what was cut off."""
    while (shorter := _REFERS_ON.sub("", text.rstrip(". ")).rstrip()) != text and shorter:
        text = shorter
    return text


_NO_WORD = re.compile(r"\W+")
_CAPITALIZED = re.compile(r"[A-Z][a-z'’]+\Z")
_INSIDE = re.compile(r"(?<=[a-z,] )[A-Z][a-z'’]+")


@cached(32768)
def sentence_case(label: str, description: str = "") -> str:
    """'Negative Prompt' to 'Negative prompt'. Acronyms stay, and so do names: words that the description writes with a
    capital inside a sentence. A label that is not in title case is as its author wants it."""
    first, *rest = label.split(" ")
    plain = [word for word in rest if word.lower() not in _SMALL]
    if not plain or any(word[:1].islower() for word in plain):
        return label
    named = set(_INSIDE.findall(description))
    named = {word for word in named if word.lower() not in description.split()} if named else named
    lowered = [word.lower() if _CAPITALIZED.match(word) and word not in named else word for word in rest]
    return " ".join([first, *lowered])


@cached(32768)
def same_words(one: str, other: str) -> bool:
    """Whether two texts say the same but for case, spaces and punctuation."""
    return _NO_WORD.sub("", one).casefold() == _NO_WORD.sub("", other).casefold()

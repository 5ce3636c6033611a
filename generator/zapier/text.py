"""Texts of a document as Zapier shows them: harmless, short enough, and in the form its checks ask for."""

from __future__ import annotations

import re
from functools import partial

from specloom.schemas.memo import cached

LABEL_LIMIT = 64
HELP_LIMIT = 1000

# The words Zapier's title case leaves small inside a label.
_SMALL = frozenset("a an and as at but by en for if in of on or the to v via vs".split())
_LINK = r"\[([^\[\]\n`]{1,120})\]\((https://[^\s()<>\"'`\\]+)\)"
_CODE = r"`[^`\n<>\[\]()]{1,120}`"
_LINK_OR_CODE = re.compile(f"{_LINK}|{_CODE}")
_TAG = re.compile(r"<(?=[a-z/!?])", re.I)
_NO_WORD = re.compile(r"\W+")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s<>\"'`]+", re.I)
# The colon first: it is rarer than the letters.
_SCHEME = re.compile(r":(?=\S)(?:(?<=javascript:)|(?<=vbscript:)|(?<=data:)|(?<=file:))", re.I)
_CONTROL = partial(
    re.compile, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


@cached(32768)
def plain(text: str) -> str:
    """One line without control characters; `{{` can no longer begin one of Zapier's expressions."""
    line = text
    if not text.isprintable() or "  " in text or text != text.strip():  # most are one line already
        line = " ".join(text.split())
        if not line.isprintable():
            line = " ".join(_CONTROL().sub(" ", line).split())
    return split_curlies(line)


def split_curlies(text: str) -> str:
    """`{{` and `}}` with a space between, so that they open and close nothing."""
    while "{{" in text:
        text = text.replace("{{", "{ {")
    while "}}" in text:
        text = text.replace("}}", "} }")
    return text


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > limit // 2 else cut).rstrip(" ,;:-`") + "…"


@cached(8192)
def title_case(text: str) -> str:
    """'generate an image with X' to 'Generate an Image With X'; words that hold capitals or digits stay."""
    words = plain(text).split(" ")
    last = len(words) - 1
    return " ".join(_word(word, 0 < index < last) for index, word in enumerate(words))


@cached(8192)
def _word(word: str, inside: bool) -> str:
    if inside and word.lower() in _SMALL:
        return word.lower()
    if word.islower() and word.isalpha():
        return word[0].upper() + word[1:]
    if any(c.isupper() or c.isdigit() for c in word):
        return word
    return "-".join(re.sub(r"[^\W\d_]", lambda m: m[0].upper(), part, count=1) for part in word.split("-"))


def label(text: str, fallback: str, limit: int = LABEL_LIMIT) -> str:
    """A field's or step's name: one short line, at least two characters long."""
    return _short_line(text, limit) or _short_line(fallback, limit) or "Item"


def title(text: str, fallback: str) -> str:
    """A step's name in title case."""
    return _short_line(title_case(text), LABEL_LIMIT) or label(title_case(fallback), "")


@cached(32768)
def _short_line(text: str, limit: int) -> str:
    """'' where it is too short."""
    line = plain(text)
    line = shorten(_SCHEME.sub(" :", line) if ":" in line else line, limit)
    return line if len(line) > 1 else ""


def singular(noun: str) -> str:
    """'Line Items' to 'Line Item'; what is no plural stays."""
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("sses", "xes", "ches", "shes")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith(("ss", "us", "is", "news")) else noun


def sentence(text: str) -> str:
    """With a capital at its beginning and a full stop at its end; '' stays ''."""
    line = plain(text)
    if not line:
        return ""
    return line[0].upper() + line[1:] + ("" if line[-1] in ".!?…:" else ".")


@cached(32768)
def help_text(*parts: str, limit: int = HELP_LIMIT) -> str:
    """Sentences joined to safe Markdown: links only where well formed and https, other addresses as code."""
    joined = " ".join([line for line in [sentence(part) for part in parts if part] if line])
    cut = shorten(joined, limit)
    safe = markdown(cut)
    # Escapes lengthen the text; what no longer fits is cut before it is escaped, so that no escape is halved.
    while len(safe) > limit:
        cut = shorten(cut, len(cut) - max(1, len(safe) - limit))
        safe = markdown(cut)
    return safe


def markdown(text: str) -> str:
    """Keeps well-formed https links and code; everything else of a stranger's text becomes literal."""
    if "`" not in text and "](" not in text:
        return _literal(text)
    out: list[str] = []
    end = 0
    for match in _LINK_OR_CODE.finditer(text):
        out.append(_literal(text[end : match.start()]))
        out.append(match[0])
        end = match.end()
    out.append(_literal(text[end:]))
    return "".join(out)


def _literal(text: str) -> str:
    text = text.replace("`", "'").replace("](", "] (")
    if "<" in text:
        text = _TAG.sub("&lt;", text)
    if ":" not in text:
        return text
    text = _SCHEME.sub(" :", text)
    return _URL.sub(_as_code, text) if "://" in text else text


def _as_code(match: re.Match[str]) -> str:
    address = match[0].rstrip(".,;:!?)]}…")
    return f"`{address}`{match[0][len(address) :]}"


@cached(32768)
def same_words(name: str, help_: str) -> bool:
    """Whether a help text says no more than its label."""
    if name[:1].isalnum() and help_[:1].isalnum() and name[0].casefold()[0] != help_[0].casefold()[0]:
        return False
    # The beginning of a long text tells already that it says something else, or more.
    words, begins = _words(name), _words(help_[: len(name) + 20])
    return words.startswith(begins) and words == _words(help_)


@cached(32768)
def _words(text: str) -> str:
    return _NO_WORD.sub("", text).casefold()

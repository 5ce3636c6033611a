"""Words for people, in the way n8n's official lint wants them: Title Case labels, one-sentence help, sorted lists."""

from __future__ import annotations

import re
import unicodedata
from functools import partial

from specloom.generator.n8n.names import ascii_words
from specloom.schemas.memo import remembered

LONGEST_HELP = 900
LONGEST_LABEL = 80
STANDARD = {"getAll": "Get Many", "upsert": "Create or Update"}
"""What the lint wants operations and choices of these values to be called."""

_SMALL = re.compile(
    r"\b(?:an?d?|a[st]|because|but|by|en|for|i[fn]|neither|nor|o[fnr]|only|over|per|so|some|tha[tn]|the|to|up|upon"
    r"|vs?\.?|versus|via|when|with|without|yet)\b",
    re.IGNORECASE | re.ASCII,
)
_MANUAL = re.compile(r".(?=[A-Z]|\..)")
_FIRST = re.compile("[A-Za-z0-9\u00c0-\u00ff]")
_BETWEEN = re.compile("([\\s:\u2013\u2014-])")
_WORD = re.compile("[A-Za-z0-9]+")
_LOWERCASE = frozenset({"bmp", "tiff", "gif", "jpg", "jpeg", "png", "webp"})
_INVISIBLE = re.compile("[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2"
    "\u25aa-\u25fe\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299]"
)
_WEAK = ("resource to consume", "resource to operate on", "operation to perform", "action to perform",
         "method of authentication")  # fmt: skip


@remembered
def plain(text: str, limit: int = LONGEST_HELP) -> str:
    """One line without invisible characters, cut at a word's end. Lone surrogates, which no file can hold, go too."""
    text = text[: limit * 4].strip()
    if "  " in text or not text.isprintable():
        text = " ".join(text.split())
        if not text.isprintable():
            text = text.encode("utf-8", "replace").decode()
            text = " ".join(_INVISIBLE.sub(" ", text).split())
    return _cut(text, limit)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut else cut}\u2026"


def quiet(text: str, limit: int) -> str:
    """A short text for lists and manifests: no markup, nothing that looks like a template or an expression."""
    return re.sub(r"\s+", " ", re.sub(r"[<>{}]+", " ", _EMOJI.sub("", plain(text, limit)))).strip().lstrip("=").strip()


def title_case(text: str) -> str:
    """Title Case as npm `title-case` 3 does it, which is what the lint compares with."""
    words = _BETWEEN.split(text)  # and at the odd places what stands between them
    last = len(words) - 1
    result = words.copy()
    result[::2] = [_capitalized(word, 0 < 2 * place < last) for place, word in enumerate(words[::2])]
    for place, mark in enumerate(words) if ":" in text else ():
        if mark == ":" and not "".join(words[place + 1 : place + 3])[:1].isspace():
            result[place - 1] = words[place - 1]  # the scheme of an address
    return "".join(result)


@remembered
def _capitalized(token: str, inside: bool) -> str:
    """`inside`: it is neither the first nor the last one, and so may be a small word."""
    if _MANUAL.search(token) or (inside and _SMALL.search(token)):
        return token
    return _FIRST.sub(lambda found: _upper(found.group()), token, count=1)


def _upper(letter: str) -> str:
    return letter.upper() if len(letter.upper()) == 1 else letter


def _capitals(word: str, found: re.Match[str]) -> str:
    return word.upper() + found[1].lower()


_ACRONYMS = tuple(
    (word, re.compile(rf"\b{word}{plural}\b", re.IGNORECASE), partial(_capitals, word))
    for word, plural in (("id", "(s?)"), ("url", "(s?)"), ("json", "()"))
)

_LOOKALIKES = "\u0130\u0131\u017f"
"""The letters beyond ASCII that count as i or s where case does not."""


def acronyms(text: str) -> str:
    """ID, URL and JSON in capitals, wherever they stand as words of their own."""
    lower = text.lower()
    doubtful = not text.isascii() and any(letter in text for letter in _LOOKALIKES)
    for word, pattern, capitals in _ACRONYMS:
        if word in lower or doubtful:
            text = pattern.sub(capitals, text)
    return text


@remembered
def label(text: str, fallback: str = "Field") -> str:
    """A displayName: Title Case, without markup, never an expression."""
    text = _worded(text)
    return title_case(acronyms(text.replace("<", "(").replace(">", ")"))) or fallback


def _worded(text: str) -> str:
    """Without emoji, which the lint does not let pass; where there is nothing else, what they are called."""
    line = plain(text, LONGEST_LABEL)
    found = (line if line.isascii() else _EMOJI.sub("", line)).strip().lstrip("=").strip()
    if found:
        return found
    names = [unicodedata.name(letter, "") for letter in line if _EMOJI.match(letter) and letter != "\ufe0f"]
    return plain(" ".join(name.capitalize() for name in names[:4] if name), LONGEST_LABEL)


@remembered
def option_label(text: str) -> str:
    """The name of one choice. Lower case stays where the lint lets it (file types, kebab-case models)."""
    text = _worded(text)
    text = "[All]" if text == "*" else text.replace("*", "\u00d7")
    text = text.replace("<", "(").replace(">", ")")
    if not text:
        return "[Empty]"
    return text if _stays_lower(text) else title_case(acronyms(text))


def _stays_lower(text: str) -> bool:
    kebab = "-" in text and text == text.lower() and not re.search(r"\s", text)
    return (kebab or text in _LOWERCASE) and not re.search(r"\bids?\b", text, re.IGNORECASE)


def sentence_case(text: str, fallback: str) -> str:
    """An action in Sentence case ('Generate an image'), ASCII words only, acronyms kept."""
    words = _WORD.findall(_ascii(text.replace("'", "")))
    words = words or ascii_words(fallback) or ["Run"]
    kept = [w if w == w.upper() and len(w) > 1 else w.lower() for w in words]
    kept[0] = kept[0][:1].upper() + kept[0][1:]
    # The lint leaves out words in capitals and wants the first of the others to begin with one.
    first = next((i for i, w in enumerate(kept) if w != w.upper()), 0)
    kept[first] = kept[first][:1].upper() + kept[first][1:]
    return " ".join(kept)


def _ascii(text: str) -> str:
    line = plain(text, 120)
    return line if line.isascii() else unicodedata.normalize("NFKD", line).encode("ascii", "ignore").decode()


@remembered
def help_text(*parts: str, name: str = "") -> str:
    """A description: escaped, since n8n shows it as HTML, with the final period only where there are several
    sentences. '' where nothing is left that says more than the displayName `name`."""
    text = _cut(" ".join([sentence for part in parts if (sentence := _sentence(part))]), LONGEST_HELP)
    text = acronyms(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("omma separated", "omma-separated").lstrip("=").strip()
    text = text[:1].upper() + text[1:]
    text = _final_period(text)
    if text.lower().rstrip(".") in _WEAK:
        return ""
    bare = text.removeprefix("The ").rstrip(".").lower()
    return "" if bare == name.lower() else text


def _sentence(part: str) -> str:
    part = plain(part)
    return part if not part or part[-1] in ".!?:\u2026" else f"{part}."


def _final_period(text: str) -> str:
    # The lint counts sentences by '. ', after taking out the first 'e.g.'.
    count = len(text.replace("e.g.", "", 1).split(". "))
    if count == 1:
        return text.rstrip(".")
    return text if text.endswith((".", "!", "?", "\u2026")) and count > 2 or text.endswith(".") else f"{text}."


def whether(name: str, *parts: str) -> str:
    """Help of a yes-or-no question, which n8n wants to begin with 'Whether'."""
    text = help_text(*parts)
    return text if text.startswith("Whether") else help_text(f"Whether to turn on {name}", *parts)


_PUNCTUATION = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"


@remembered
def sort_key(text: str) -> tuple[tuple[tuple[int, str], ...], bytes]:
    """Orders as JavaScript's localeCompare does for English: punctuation, digits, letters; case only breaks ties."""
    if text.isascii():
        return tuple(map(_ASCII.__getitem__, text)), text.encode().translate(_CAPITALS)
    folded = unicodedata.normalize("NFKD", text)
    weights = [_weight(letter) for letter in folded if not unicodedata.combining(letter)]
    return tuple(weights), bytes(map(str.isupper, folded))


@remembered
def _weight(letter: str) -> tuple[int, str]:
    if letter.isspace():
        return 0, ""
    if letter in _PUNCTUATION:
        return 1, f"{_PUNCTUATION.index(letter):03d}"
    if letter.isdigit():
        return 3, letter
    if letter.isalpha():
        return 4 if letter.isascii() else 5, letter.lower()
    return 2, letter


_ASCII = {letter: _weight(letter) for letter in map(chr, range(128))}
_CAPITALS = bytes(chr(code).isupper() for code in range(128)).ljust(256, b"\0")


_KEEP = re.compile(r"(ss|us|is|news|series|species|data)$", re.IGNORECASE)


_IRREGULAR = {
    "people": "person", "children": "child", "women": "woman", "men": "man", "feet": "foot", "teeth": "tooth",
    "mice": "mouse", "menus": "menu", "theses": "thesis", "criteria": "criterion", "phenomena": "phenomenon",
    "genera": "genus", "alumni": "alumnus", "stimuli": "stimulus", "cacti": "cactus", "oxen": "ox",
}  # fmt: skip


_ACRONYM = re.compile(r"[A-Z]{0,3}S|[A-Za-z]?s|[B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z][b-df-hj-np-tv-z]s")
"""'SMS', 'Dns', 'OS'; not 'GPUs'."""


def singular(text: str) -> str:
    """'Generated Images' to 'Generated Image': n8n names resources in the singular."""
    last = re.split(r"[^A-Za-z]", text)[-1]
    if _ACRONYM.fullmatch(last):
        return f"{text} Resource"  # no plural, but the lint takes it for one
    if single := _IRREGULAR.get(last.lower()):
        return text[: len(text) - len(last)] + (single.capitalize() if last[0].isupper() else single)
    if _KEEP.search(text):
        return text
    for ending, replacement in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if text.lower().endswith(ending) and len(text) > len(ending) + 1:
            return text[: -len(ending)] + replacement
    return text[:-1] if text.lower().endswith("s") and len(text) > 2 else text

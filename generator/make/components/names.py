"""Names Make accepts, made from operationIds, tags and field names alone, so that saved scenarios keep working."""

from __future__ import annotations

import re
from collections.abc import Collection

from specloom.schemas.memo import cached
from specloom.schemas.text import humanize, sentence_case

_RESERVED = frozenset(
    "abstract arguments await boolean break byte case catch char class const continue debugger default "
    "delete do double else enum eval export extends false final finally float for function goto if "
    "implements import in instanceof int interface let long native new null package private protected "
    "public return short static super switch synchronized this throw throws transient true try typeof "
    "undefined var void volatile while with yield".split()
)
COMPONENT = re.compile(r"[a-zA-Z][0-9a-zA-Z]{2,47}\Z")
APP = re.compile(r"[a-z][0-9a-z-]{1,28}[0-9a-z]\Z")
PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}\Z")
_OTHERS = re.compile(r"[^A-Za-z0-9]+")
_ODD = re.compile(r"[^A-Za-z0-9_]+")


def component(text: str, taken: Collection[str] = ()) -> str:
    """A module, RPC or webhook name: 3 to 48 letters and digits, starting with a letter, no word of JavaScript."""
    words = [word for word in _OTHERS.split(text) if word]
    name = "".join([words[0], *(word[:1].upper() + word[1:] for word in words[1:])]) if words else ""
    if not name[:1].isalpha():
        name = "call" + name
    if len(name) < 3 or name.lower() in _RESERVED:
        name += "Call"
    return _free(name[:48], taken, 48)


def free_parameter(text: str, taken: Collection[str]) -> str:
    """A parameter's name that is not taken."""
    return _free(parameter(text), taken, 128)


@cached(32768)
def parameter(text: str) -> str:
    """A parameter's name: such that `parameters.<name>` needs no quoting in IML."""
    name = _ODD.sub("_", text)
    if not name[:1].isalpha():
        name = "f_" + name.lstrip("_")
    return name[:128]


def app(key: str) -> str:
    """The app's name: the service's key, which the loader already holds to these letters."""
    name = re.sub(r"[^0-9a-z-]+", "-", key.lower()).strip("-")
    if not name[:1].isalpha():
        name = "app-" + name
    return (name if len(name) > 2 else name + "-app")[:30].rstrip("-")


def _free(name: str, taken: Collection[str], limit: int) -> str:
    candidate, number = name, 2
    while candidate in taken:
        candidate = f"{name[: limit - len(str(number))]}{number}"
        number += 1
    return candidate


def words(name: str) -> str:
    """A label from a name, in sentence case: `imageUrl` and `image_url` become `Image URL`."""
    return sentence_case(humanize(name)) or name

"""Names n8n and npm accept, made from the document's own: the same name always gives the same result."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Container

from specloom.schemas.memo import remembered

RESERVED = frozenset({
    # What the generated node itself asks for.
    "resource", "operation", "authentication", "additionalFields", "options", "output", "fields", "returnAll", "limit",
    "waitForCompletion", "downloadResult", "binaryProperty", "confirm", "event", "pollTimes", "requestOptions",
    "toolDescription", "descriptionType", "additionalBody", "additionalQuery",
    # Names to which n8n's lint attaches a meaning of its own.
    "action", "simple", "allowUnauthorizedCerts", "notice",
    # Names that mean something to JavaScript objects.
    "__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty",
})  # fmt: skip
_SUFFIX = re.compile(r"(Tool|Trigger|V\d+)$")
"""As n8n ends the names of tools and triggers, and of files that hold one version of a node."""
_COLOR = re.compile(r"colou?r", re.IGNORECASE)
_ODD = re.compile(r"[^A-Za-z0-9_]+")
LONGEST = 80
"""Longer names end in a digest of themselves: they become file names, and n8n keeps them in every workflow."""


def ascii_words(text: str) -> list[str]:
    """The words of a text in ASCII letters and digits, split at anything else and at camelCase humps."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", plain)
    plain = re.sub(r"([A-Z])([A-Z][a-z])", r"\1 \2", plain)
    return re.findall(r"[A-Za-z0-9]+", plain)


def camel(text: str) -> str:
    """'style-dna' to 'styleDna'; '' where the text has no usable letter."""
    words = [word.lower() for word in ascii_words(text)]
    return short("".join(words[:1] + [word[:1].upper() + word[1:] for word in words[1:]]))


def short(name: str) -> str:
    """The name, or its beginning with a digest of the whole."""
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _coded(word: str, name: str) -> str:
    """A key for a name without a Latin letter or digit. A number would do too, but it would belong to another name
    once the document grows in between, and saved workflows would then send one field's value as another's."""
    return f"{word}_{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def node_name(key: str) -> str:
    """The node's internal name, with an ending of its own where n8n gives one a meaning."""
    name = camel(key) or "service"
    if name[0].isdigit():
        name = f"api{name}"
    return f"{name}Api" if _SUFFIX.search(name) else name


def class_name(key: str) -> str:
    """The node's class, its folder and the stem of its files."""
    name = node_name(key)
    return name[0].upper() + name[1:]


def parameter_name(name: str, taken: Container[str] = ()) -> str:
    """A parameter's name: letters, digits and '_', because n8n reads dots and brackets as paths."""
    return unique(_parameter(name), taken)


@remembered
def _parameter(name: str) -> str:
    result = _ODD.sub("_", name).strip("_") or _coded("field", name)
    if result[0].isdigit():
        result = f"_{result}"
    if result in RESERVED:
        result = f"{result}Value"
    # n8n's lint wants a picker for what is called a colour. It gives '#rrggbb' only: many services take names.
    return short(_COLOR.sub(lambda found: "Shade" if found.group()[0] == "C" else "shade", result))


def unique(name: str, taken: Container[str], separator: str = "_") -> str:
    """The name itself, or with the first free number behind it."""
    result, number = name, 2
    while result in taken:
        result, number = f"{name}{separator}{number}", number + 1
    return result


def resource_key(tag: str) -> str:
    """The value of the Resource parameter: lowerCamelCase of the tag."""
    return camel(tag) or (_coded("tag", tag) if tag.strip() else "default")


def operation_key(operation_id: str) -> str:
    """The value of the Operation parameter: the operationId, cleaned of what n8n would trip over."""
    return short(re.sub(r"[^A-Za-z0-9_-]+", "_", operation_id).strip("_") or "operation")

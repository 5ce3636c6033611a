"""OpenAPI runtime expressions, the only language documents have for 'where the value stands'.

Grammar: https://spec.openapis.org/oas/v3.1.1.html#runtime-expressions, with one addition of ours: `$item#`
is an element of a list, `$item#/url` a field of it. Emitters translate the parsed form; `evaluate` is the
meaning every translation must keep.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from specloom.schemas.memo import cached

Root = Literal[
    "url", "method", "status", "item",
    "request.body", "request.header", "request.path", "request.query",
    "response.body", "response.header",
]  # fmt: skip

_EMBEDDED = re.compile(r"\{(\$[^{}]*)\}")
_BARE = {"$url": "url", "$method": "method", "$statusCode": "status"}


class ExpressionError(ValueError):
    """The text is not a runtime expression."""


class Reference(Struct, frozen=True):
    """One value: `path` is the unescaped JSON Pointer of a body, or the single name of a header or parameter."""

    root: Root
    path: tuple[str, ...] = ()


class Expression(Struct, frozen=True):
    """A parsed expression: one reference alone keeps its type, several parts join to a text."""

    source: str
    parts: tuple[str | Reference, ...]

    @property
    def reference(self) -> Reference | None:
        """The reference, where the expression is nothing but one."""
        only = self.parts[0] if len(self.parts) == 1 else None
        return only if isinstance(only, Reference) else None

    @property
    def references(self) -> tuple[Reference, ...]:
        return tuple(part for part in self.parts if isinstance(part, Reference))

    def uses(self, root: Root) -> bool:
        return any(reference.root == root for reference in self.references)

    def __str__(self) -> str:
        return self.source


class Exchange(Struct, frozen=True):
    """One HTTP exchange, as expressions see it. Header names are compared without regard to case."""

    status: int = 0
    body: Any = None
    headers: Mapping[str, str] = {}
    request_body: Any = None
    request_headers: Mapping[str, str] = {}
    path: Mapping[str, Any] = {}
    query: Mapping[str, Any] = {}
    url: str = ""
    method: str = ""


@cached(4096)
def parse(text: str) -> Expression:
    """Parse `text`. Raises ExpressionError with a message fit for the document's author."""
    if text.startswith("$"):
        return Expression(text, (_reference(text),))
    parts: list[str | Reference] = []
    end = 0
    for match in _EMBEDDED.finditer(text):
        if match.start() > end:
            parts.append(text[end : match.start()])
        parts.append(_reference(match.group(1)))
        end = match.end()
    if end == 0:
        raise ExpressionError(f"{text!r} has no runtime expression in it")
    if end < len(text):
        parts.append(text[end:])
    return Expression(text, tuple(parts))


def _reference(text: str) -> Reference:
    if text in _BARE:
        return Reference(_BARE[text])  # type: ignore[arg-type]
    name, hash_, pointer = text.partition("#")
    if name in ("$request.body", "$response.body", "$item"):
        root: Any = name.removeprefix("$")
        return Reference(root, split_pointer(pointer) if hash_ else ())
    for prefix in ("request.header", "request.path", "request.query", "response.header"):
        if text.startswith(f"${prefix}.") and len(text) > len(prefix) + 2:
            root = prefix
            return Reference(root, (text[len(prefix) + 2 :],))
    raise ExpressionError(f"{text!r} is no runtime expression")


def split_pointer(pointer: str) -> tuple[str, ...]:
    """`/a/b~1c` to ('a', 'b/c'). Raises ExpressionError."""
    if pointer == "":
        return ()
    if not pointer.startswith("/"):
        raise ExpressionError(f"JSON Pointer {pointer!r} does not begin with '/'")
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/"))


def join_pointer(tokens: tuple[str, ...] | list[str]) -> str:
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def lookup(value: Any, path: tuple[str, ...]) -> Any:
    """The value at `path` inside decoded JSON; None where there is none (or where it is null)."""
    for token in path:
        if isinstance(value, Mapping):
            value = value.get(token)
        elif isinstance(value, list) and token.isascii() and token.isdigit():
            index = int(token) if len(token) < 10 else len(value)
            value = value[index] if index < len(value) else None
        else:
            return None
    return value


def evaluate(expression: Expression, exchange: Exchange, item: Any = None) -> Any:
    """The value in one exchange; None where it is absent. An embedded expression with an absent part is None:
    half an identifier or half a URL is worse than none."""
    if len(expression.parts) == 1 and isinstance(expression.parts[0], Reference):
        return _value(expression.parts[0], exchange, item)
    texts: list[str] = []
    for part in expression.parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        text = as_text(_value(part, exchange, item))
        if text is None:
            return None
        texts.append(text)
    return "".join(texts)


def as_text(value: Any) -> str | None:
    """A scalar as JSON writes it ('true', '1' for 1.0 as well); None for null, objects and lists."""
    if value is None or isinstance(value, (dict, list)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _value(reference: Reference, exchange: Exchange, item: Any) -> Any:
    root, path = reference.root, reference.path
    if root == "response.body":
        return lookup(exchange.body, path)
    if root == "item":
        return lookup(item, path)
    if root == "request.body":
        return lookup(exchange.request_body, path)
    if root == "response.header":
        return _header(exchange.headers, path[0])
    if root == "request.header":
        return _header(exchange.request_headers, path[0])
    if root == "request.path":
        return exchange.path.get(path[0])
    if root == "request.query":
        return exchange.query.get(path[0])
    return {"status": exchange.status, "url": exchange.url, "method": exchange.method}[root]


def _header(headers: Mapping[str, str], name: str) -> str | None:
    if name in headers:
        return headers[name]
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), None)

"""Values of a recipe as data: texts with `{{step.path}}` in them; `{{step.path | "else"}}` where that may be empty."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from specloom.generator.workflows.raw import NoRawPlace
from specloom.generator.workflows.source.expressions import Alternative, Constant, JqNode, JqPath, Text


class _Spelling:
    """How replies are read in a recipe: what is added to a path stands inside its braces."""

    def member(self, base: str, steps: Sequence[str | int], *, sure: bool = True) -> str:
        return token(".".join([base.removeprefix("{{").removesuffix("}}"), *map(str, steps)]))

    def element(self, items: str, index: int) -> str:
        return self.member(items, (index,))

    def quote(self, value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value)

    def joined(self, parts: Sequence[str]) -> str:
        return "".join(parts)

    def origin(self, url: str) -> str:
        return "/".join(url.split("/")[:3])


TOKENS = _Spelling()


def token(path: str) -> str:
    return "{{" + path + "}}"


def filled_in(value: Any, resolve: Callable[[JqPath], str]) -> Any:
    """A value of a source with tokens in place of its expressions. Raises NoRawPlace for a text that looks like one."""
    if isinstance(value, Mapping):
        return {key: filled_in(each, resolve) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled_in(each, resolve) for each in value]
    if isinstance(value, JqPath):
        return resolve(value)
    if isinstance(value, Alternative):
        return _alternative(value, resolve)
    if isinstance(value, Text):
        return "".join(_plain(p) if isinstance(p, str) else str(filled_in(p, resolve)) for p in value.parts)
    plain = value.value if isinstance(value, Constant) else value
    if isinstance(plain, JqNode):
        raise NoRawPlace("a comparison is no value")
    return _plain(plain) if isinstance(plain, str) else plain


def _alternative(value: Alternative, resolve: Callable[[JqPath], str]) -> str:
    parts = [filled_in(side, resolve) for side in (value.left, value.right)]
    if not isinstance(parts[0], str) or not (parts[0].startswith("{{") and parts[0].count("{{") == 1):
        raise NoRawPlace("only a field can have another value in its place")
    other = parts[1]
    mapped = isinstance(other, str) and other.startswith("{{") and other.count("{{") == 1
    return token(f"{parts[0][2:-2]} | {other[2:-2] if mapped else json.dumps(other, ensure_ascii=False)}")


def _plain(text: str) -> str:
    if "{{" in text or "}}" in text:
        raise NoRawPlace(f"{text!r} would be read as a field of a step")
    return text

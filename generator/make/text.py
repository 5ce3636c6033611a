"""The files' texts. Lists share much of what stands in them: each element is written, and read by the lint, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from specloom.generator.make import iml
from specloom.generator.make.components.lint import LISTS, ComponentReader, twice
from specloom.generator.output.json_text import indented
from specloom.schemas.memo import table

_EMPTY: Mapping[type, bytes] = {list: b"[]\n", dict: b"{}\n"}


class _Element(NamedTuple):
    content: Any
    """Kept so that no other has its id while it is known by it."""
    text: bytes
    complaints: list[str]


class MakeTexts:
    """Writes the files of one app. Elements of lists must not change once they are written."""

    def __init__(self, reader: ComponentReader) -> None:
        self._reader = reader
        self._elements: dict[tuple[int, bool], _Element] = table()
        self._lists: dict[tuple[int, ...], tuple[bytes, list[str]]] = table()

    def of(self, code: str, content: Any) -> tuple[bytes, list[str]]:
        """The text of a file of this code type, and what the lint says of it."""
        if not content and type(content) in _EMPTY:
            return _EMPTY[type(content)], []
        if code == "samples":
            return _sample(content), []  # nothing in it can be read as an expression
        if code in LISTS:
            return self._list(content, asked=code != "interface")
        text = indented(content)
        return text, list(self._reader.file(code, content, text))

    def _list(self, content: Sequence[Any], *, asked: bool) -> tuple[bytes, list[str]]:
        key = (asked, *map(id, content))
        known = self._lists.get(key)
        if known is None:
            known = self._lists[key] = self._joined(content, asked)
        return known

    def _joined(self, content: Sequence[Any], asked: bool) -> tuple[bytes, list[str]]:
        known = self._elements.get
        elements = [known((id(each), asked)) or self._element(each, asked) for each in content]
        text = b"[\n" + b",\n".join([each.text for each in elements]) + b"\n]\n"
        told = [each.complaints for each in elements if each.complaints]
        return text, [*twice(content), *chain.from_iterable(told)]

    def _element(self, content: Any, asked: bool) -> _Element:
        text = indented([content], floats=asked)  # an interface holds nothing but texts
        complaints = list(self._reader.element(content, text, asked=asked))
        element = _Element(content, text[2:-3], complaints)  # without the lines of the brackets
        self._elements[id(content), asked] = element
        return element


def _sample(sample: Any) -> bytes:
    text = indented(sample)
    return indented(_clean(sample)) if iml.has_mustaches(text) else text


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value if iml.is_constant(value) else iml.plain(value)
    if isinstance(value, dict):
        return {key: _clean(each) for key, each in value.items() if iml.is_constant(key)}
    return [_clean(each) for each in value] if isinstance(value, list) else value

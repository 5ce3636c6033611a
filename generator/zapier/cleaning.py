"""Samples without what must not stand in them; equal parts of different samples become one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.zapier.texts import split_curlies

_Made = dict[int, tuple[Any, Any]]
"""By the identity of a structure: the structure itself, so that nothing else takes its identity, and what was made."""


class Cleaner:
    """Cleans the samples of one service. Equal parts of what it returns are the same object, so that what comes after
    can do its work once for each; they must not be changed."""

    def __init__(self) -> None:
        self._present: _Made = {}
        self._harmless: _Made = {}
        self._same: dict[tuple[Any, ...], Any] = {}

    def clean(self, sample: Any) -> Any:
        """Harmless, and without what is null."""
        return self.harmless(self.present(sample))

    def present(self, value: Any) -> Any:
        """Without what is null: a sample shows what can be mapped."""
        if not isinstance(value, (dict, list, tuple, Mapping)):
            return value
        made = self._present.get(id(value))
        if made is None:
            made = self._present[id(value)] = (value, self._without_null(value))
        return made[1]

    def _without_null(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return [self.present(one) for one in value if one is not None]
        inner = {str(key): self.present(one) for key, one in value.items() if one is not None}
        return {key: one for key, one in inner.items() if one != {} and one != []}

    def harmless(self, value: Any) -> Any:
        """Without Zapier's expressions, and without the objects that zapier-platform-core takes for functions: one or
        two keys, of which `source` holds the word 'return' or `require` is a text."""
        if isinstance(value, str):
            return split_curlies(value)
        if not isinstance(value, (dict, list, Mapping)):
            return value
        made = self._harmless.get(id(value))
        if made is None:
            found = self._without_functions(value)
            made = self._harmless[id(value)] = (value, self._same.setdefault(_mark(found), found))
        return made[1]

    def _without_functions(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.harmless(one) for one in value]
        # JavaScript's copies lose `__proto__`, at best.
        inner = {split_curlies(key): self.harmless(one) for key, one in value.items() if key != "__proto__"}
        return {} if is_function(inner) else inner


def is_function(value: Any) -> bool:
    """Whether core would turn this object into a function."""
    if not isinstance(value, dict) or not 0 < len(value) < 3:
        return False
    source, require = value.get("source"), value.get("require")
    return (isinstance(source, str) and "return" in source) or (isinstance(require, str) and bool(require))


def _mark(part: Any) -> tuple[Any, ...]:
    """The same for two parts if their texts are: order and kinds of numbers count, inner parts are one already."""
    if isinstance(part, list):
        return (list, *map(_inner_mark, part))
    return (dict, *part, None, *map(_inner_mark, part.values()))


def _inner_mark(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return id(value) if isinstance(value, (dict, list)) else (repr(value),)

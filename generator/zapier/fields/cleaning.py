"""Samples without what must not stand in them; equal parts of different samples become one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specloom.generator.zapier.text import split_curlies
from specloom.schemas.memo import table

_DEFUSED: dict[str, Any] = {}
"""What is left of an object of which nothing is harmless. It stays where it stood, while empty ones go."""
_EMPTY: tuple[Any, ...] = ({}, [])
_NUMBERS = frozenset((int, float, bool))


class Cleaner:
    """Cleans the samples of one service. Equal parts of what it returns are the same object, so that what comes after
    can do its work once for each; they must not be changed."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Any, Any]] = table()
        """By the identity of a structure: itself, so that nothing else takes its identity, and what was made of it."""
        self._same: dict[tuple[Any, ...], Any] = table()
        self._keys = _Keys()

    def clean(self, value: Any) -> Any:
        """Without what is null, as a sample shows what can be mapped; without Zapier's expressions, and without the
        objects that zapier-platform-core takes for functions: one or two keys, of which `source` holds the word
        'return' or `require` is a text."""
        kind = type(value)
        if kind is str:
            return split_curlies(value)
        if value is None or kind in _NUMBERS:
            return value
        made = self._made.get(id(value))
        if made is None:
            made = self._made[id(value)] = (value, self._structure(value))
        return made[1]

    def _structure(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, (list, tuple)):
            found = [self.clean(one) for one in value if one is not None]
            return self._same.setdefault((list, *map(_mark, found)), found)
        return self._object(value) if isinstance(value, Mapping) else value

    def _object(self, value: Mapping[Any, Any]) -> Any:
        inner: dict[str, Any] = {}
        marks: list[Any] = [dict]  # the same for two objects if their texts are: order counts
        keys, defused = self._keys, False
        for key, one in value.items():
            kind = type(one)
            if kind is str:
                mark = one = split_curlies(one)
            elif kind in _NUMBERS:
                mark = _mark(one)
            else:
                one = self.clean(one)
                if one is None or one in _EMPTY and one is not _DEFUSED:
                    continue
                mark = _mark(one)
            if key == "__proto__":  # JavaScript's copies lose it, at best
                defused = True
            else:
                name = keys[key]
                inner[name] = one
                marks += (name, mark)
        if is_function(inner) or defused and not inner:
            return _DEFUSED
        return self._same.setdefault(tuple(marks), inner)


class _Keys(dict[str, str]):
    """Harmless keys by those of the document."""

    def __missing__(self, key: Any) -> str:
        harmless = split_curlies(str(key))
        if type(key) is str:  # elsewhere 1 and True are the same
            self[key] = harmless
        return harmless


def is_function(value: Any) -> bool:
    """Whether core would turn this object into a function."""
    if not isinstance(value, dict) or not 0 < len(value) < 3:
        return False
    source, require = value.get("source"), value.get("require")
    return (isinstance(source, str) and "return" in source) or (isinstance(require, str) and bool(require))


def _mark(part: Any) -> Any:
    """Likewise for one part: kinds of numbers count, equal structures are one already."""
    kind = type(part)
    return part if kind is str else (repr(part),) if kind in _NUMBERS else id(part)

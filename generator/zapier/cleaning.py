"""Samples without what must not stand in them; equal parts of different samples become one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.zapier.texts import split_curlies

_DEFUSED: dict[str, Any] = {}
"""What is left of an object of which nothing is harmless. It stays where it stood, while empty ones go."""
_EMPTY: tuple[Any, ...] = ({}, [])
_NUMBERS = frozenset((int, float, bool))


class Cleaner:
    """Cleans the samples of one service. Equal parts of what it returns are the same object, so that what comes after
    can do its work once for each; they must not be changed."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Any, Any]] = {}
        """By the identity of a structure: itself, so that nothing else takes its identity, and what was made of it."""
        self._same: dict[tuple[Any, ...], Any] = {}
        self._keys = _Keys()

    def clean(self, value: Any) -> Any:
        """Without what is null, as a sample shows what can be mapped; without Zapier's expressions, and without the
        objects that zapier-platform-core takes for functions: one or two keys, of which `source` holds the word
        'return' or `require` is a text."""
        if type(value) is str:
            return split_curlies(value)
        if value is None or type(value) in _NUMBERS:
            return value
        made = self._made.get(id(value))
        if made is None:
            made = self._made[id(value)] = (value, self._structure(value))
        return made[1]

    def _structure(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            found: Any = [self.clean(one) for one in value if one is not None]
        elif isinstance(value, Mapping):
            found = self._object(value)
        else:
            return value
        return found if found is _DEFUSED else self._same.setdefault(_mark(found), found)

    def _object(self, value: Mapping[Any, Any]) -> dict[str, Any]:
        inner: dict[str, Any] = {}
        keys, defused = self._keys, False
        for key, one in value.items():
            if type(one) is str:
                one = split_curlies(one)
            elif type(one) not in _NUMBERS:
                one = self.clean(one)
                if one is None or one in _EMPTY and one is not _DEFUSED:
                    continue
            if key == "__proto__":  # JavaScript's copies lose it, at best
                defused = True
            else:
                inner[keys[key]] = one
        return _DEFUSED if is_function(inner) or defused and not inner else inner


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


def _mark(part: Any) -> tuple[Any, ...]:
    """The same for two parts if their texts are: order and kinds of numbers count, inner parts are one already."""
    values = part if isinstance(part, list) else part.values()
    inner = [one if type(one) is str else (repr(one),) if type(one) in _NUMBERS else id(one) for one in values]
    return (list, *inner) if isinstance(part, list) else (dict, *part, None, *inner)

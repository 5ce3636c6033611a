"""Reads parts of a source strictly: what is not known is a problem with its place, never an exception."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from specloom.generator.workflows.source.expressions import JqError, JqNode, is_expression, parse
from specloom.schemas.problems import Location, Problem

_ESCAPES = {"~": "~0", "/": "~1"}
_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_UNITS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1, "milliseconds": 0.001}


class Reader:
    """One value of the document with its JSON Pointer; problems go to a list all readers of a document share."""

    def __init__(self, value: Any, file: str, problems: list[Problem], pointer: str = "") -> None:
        self.value = value
        self.file = file
        self.problems = problems
        self.pointer = pointer

    @property
    def at(self) -> Location:
        return Location(self.file, 0, self.pointer)

    def problem(self, code: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem("error", code, message, hint, self.at))

    def below(self, key: str | int) -> Reader:
        """The reader of a member; of nothing where there is none."""
        holder = self.value
        if isinstance(key, int):
            value = holder[key] if isinstance(holder, list) and key < len(holder) else None
        else:
            value = holder.get(key) if isinstance(holder, Mapping) else None
        token = re.sub("[~/]", lambda m: _ESCAPES[m.group()], str(key))
        return Reader(value, self.file, self.problems, f"{self.pointer}/{token}")

    def has(self, key: str) -> bool:
        return isinstance(self.value, Mapping) and key in self.value

    def keys(self) -> list[str]:
        return [str(key) for key in self.value] if isinstance(self.value, Mapping) else []

    def entries(self) -> list[Reader]:
        return [self.below(i) for i in range(len(self.value))] if isinstance(self.value, list) else []

    def only(self, known: Iterable[str], what: str) -> None:
        """Reports every key that means nothing here."""
        allowed = list(known)
        for key in self.keys():
            if key not in allowed:
                self.below(key).problem(
                    "unknown-key", f"{key!r} is not known in {what}", f"known: {', '.join(allowed)}"
                )

    def object(self, what: str) -> bool:
        if isinstance(self.value, Mapping):
            return True
        self.problem("shape", f"{what} must be an object")
        return False

    def text(self, key: str, *, required: bool = False, pattern: str = "") -> str:
        """A text member; '' where it is absent or not as it must be."""
        found = self.below(key)
        if found.value is None:
            if required:
                self.problem("missing", f"{key!r} is missing")
            return ""
        value = str(found.value) if isinstance(found.value, (int, float)) else found.value
        if not isinstance(value, str):
            found.problem("shape", f"{key!r} must be a text")
            return ""
        if pattern and not re.fullmatch(pattern, value):
            found.problem("shape", f"{key!r} must match {pattern}, not {value[:60]!r}")
            return ""
        return value.strip()

    def parsed(self) -> Any:
        """This value with every `${ … }` in it parsed. What cannot be parsed is reported and None."""
        if isinstance(self.value, Mapping):
            return {key: self.below(key).parsed() for key in self.keys()}
        if isinstance(self.value, list):
            return [each.parsed() for each in self.entries()]
        if not isinstance(self.value, str):
            return self.value
        if is_expression(self.value):
            return self._expression()
        if "${" in self.value:
            hint = 'make the whole text an expression: ${ "text \\(.path)" }'
            self.problem("expression", "an expression stands inside a text", hint)
        return self.value

    def condition(self) -> JqNode | None:
        """An expression, also without its `${ }`."""
        if not isinstance(self.value, str):
            self.problem("expression", "an expression is expected here")
            return None
        return self._expression(self.value if is_expression(self.value) else f"${{ {self.value} }}")

    def _expression(self, text: str = "") -> JqNode | None:
        try:
            return parse(text or self.value)
        except JqError as error:
            self.problem("expression", str(error), error.hint)
            return None

    def seconds(self, what: str) -> float:
        """A duration, as an object or in ISO 8601; 0 where it is neither."""
        if isinstance(self.value, Mapping):
            self.only(_UNITS, what)
            amounts = [(self.value[unit], size) for unit, size in _UNITS.items() if unit in self.value]
            if all(isinstance(amount, (int, float)) for amount, _ in amounts):
                return float(sum(amount * size for amount, size in amounts))
        found = _DURATION.fullmatch(self.value) if isinstance(self.value, str) else None
        if found and any(found.groups()):
            return float(sum(float(value or 0) * _UNITS[unit] for unit, value in found.groupdict().items()))
        self.problem("duration", f"{what} must be a duration", "such as {seconds: 30} or PT30S")
        return 0

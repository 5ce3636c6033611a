"""Problems: what a user's document, option or file has wrong. Never exceptions of ours, always readable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Level = Literal["warning", "error"]


class Location(Struct, frozen=True):
    """Where a problem stands. `line` counts from 1; 0 where the source has no lines. As a text it has the pointer where
    no line tells the place, as in the many documents that stand on a single one."""

    file: str = ""
    line: int = 0
    pointer: str = ""
    operation: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        if self.line < 2 and self.pointer:
            place = f"{place}#{self.pointer}"
        return f"{place} ({self.operation})" if self.operation else place


class Problem(Struct, frozen=True):
    """One thing to know about a document. `code` is stable and names the kind of problem."""

    level: Level
    code: str
    message: str
    hint: str = ""
    location: Location = Location()

    def __str__(self) -> str:
        place = str(self.location)
        text = f"{place}: {self.level}: {self.message}" if place else f"{self.level}: {self.message}"
        return f"{text} - {self.hint}" if self.hint else text

    def at(self, location: Location) -> Problem:
        return replace(self, location=location)

    def as_dict(self) -> dict[str, str | int]:
        return {
            "level": self.level,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "file": self.location.file,
            "line": self.location.line,
            "pointer": self.location.pointer,
            "operation": self.location.operation,
        }


class SpecloomError(Exception):
    """The user's input cannot be used at all. `str()` is the one line to print."""

    def __init__(self, message: str, *, hint: str = "", location: Location | None = None) -> None:
        self.problem = Problem("error", "unusable", message, hint, location or Location())
        super().__init__(str(self.problem))


def worst(problems: Iterable[Problem]) -> Level | None:
    """The highest level among them, None where there is no problem."""
    levels = {problem.level for problem in problems}
    return "error" if "error" in levels else "warning" if "warning" in levels else None

"""Collects what is wrong with a document while it is read."""

from __future__ import annotations

from msgspec.structs import replace

from specloom.schemas.document.node import Node
from specloom.schemas.document.source import Source
from specloom.schemas.problems import Location, Problem


class Reporter:
    """Collects problems with their file, line and operation. Equal problems are kept once."""

    def __init__(self) -> None:
        self._problems: dict[Problem, Source | None] = {}
        self.operation = ""
        self.count = 0
        """How often something was reported, equal problems included."""

    def add(self, problem: Problem) -> None:
        self._note(problem, None)

    def warn(self, node: Node, code: str, message: str, hint: str = "") -> None:
        self._note(Problem("warning", code, message, hint, self.place(node)), node.source)

    def error(self, node: Node, code: str, message: str, hint: str = "") -> None:
        self._note(Problem("error", code, message, hint, self.place(node)), node.source)

    def _note(self, problem: Problem, source: Source | None) -> None:
        self.count += 1
        self._problems[problem] = source

    def place(self, node: Node) -> Location:
        return Location(node.source.name, 0, node.pointer, self.operation)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything reported, with lines: they are looked up only now, all of a file at once."""
        wanted: dict[int, tuple[Source, set[str]]] = {}
        for problem, source in self._problems.items():
            if source is not None:
                wanted.setdefault(id(source), (source, set()))[1].add(problem.location.pointer)
        lines = {key: source.lines(pointers) for key, (source, pointers) in wanted.items()}
        return tuple(
            problem.at(replace(problem.location, line=lines[id(source)][problem.location.pointer]))
            if source is not None
            else problem
            for problem, source in self._problems.items()
        )

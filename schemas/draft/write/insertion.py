"""Putting new parts into a YAML or JSON text: every letter that stands in it stays."""

from __future__ import annotations

import json
from typing import Any

import yaml

from specloom.schemas.document.reading.yaml12 import CoreLoader, TooDeep
from specloom.schemas.draft.facts import Json
from specloom.schemas.draft.write.yaml_text import element_lines, entry_lines, flow
from specloom.schemas.problems import Location, SpecloomError

MAX_PARTS = 1_000_000
"""More than are ever put in."""
Node = Any
"""A node of PyYAML's: it has no types."""


class Text:
    """A document's text, its nodes, and what is to be put in."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.json = text.lstrip().startswith("{")
        self.inserted: list[tuple[int, int, str]] = []
        """(offset, order, text): where several go after one line, the deepest comes first."""
        self._filled: set[int] = set()
        self._known: set[tuple[int, str]] = set()
        """What was put into which node: a component is met once for each reference to it."""
        try:
            self.root: Node = yaml.compose(text, Loader=CoreLoader)
        except (yaml.YAMLError, TooDeep, RecursionError, ValueError) as error:
            told = " ".join(str(getattr(error, "problem", "") or error).split())[:120]
            raise SpecloomError(
                f"cannot be read: {told}", hint="give a YAML or JSON document", location=Location(name)
            ) from None

    def finished(self) -> str:
        made, last = list[str](), 0
        for offset, _, part in sorted(self.inserted, key=lambda each: each[:2]):
            made += [self.text[last:offset], part]
            last = offset
        return "".join(made) + self.text[last:]

    def entry(self, mapping: Node, key: str, value: Json, indent: int) -> None:
        """A new entry at a mapping's end. `indent` is where entries begin if it has none."""
        if self._again(mapping, key):
            return
        if mapping.flow_style:
            self._into_flow(mapping, f"{self._shown(key)}: {self._flow(value)}", bool(mapping.value))
        else:
            column = mapping.value[0][0].start_mark.column if mapping.value else indent
            self._lines(self._end(mapping), entry_lines(key, value, column), column)

    def element(self, sequence: Node, value: Json) -> None:
        if self._again(sequence, json.dumps(value, default=str)):
            return
        if sequence.flow_style or not sequence.value:
            self._into_flow(sequence, self._flow(value), bool(sequence.value))
        else:
            self._lines(
                self._end(sequence), element_lines(value, sequence.start_mark.column), sequence.start_mark.column
            )

    def below(self, key: Node, value: Json) -> None:
        """The value of a key that has none."""
        if self._again(key, ""):
            return
        lines: list[str] = []
        for name, inner in value.items() if isinstance(value, dict) else ():
            lines += entry_lines(str(name), inner, key.start_mark.column + 2)
        self._lines(key.end_mark.index, lines, key.start_mark.column + 2)

    def _again(self, node: Node, key: str) -> bool:
        known = (id(node), key) in self._known
        self._known.add((id(node), key))
        return known

    def _into_flow(self, node: Node, part: str, filled: bool) -> None:
        at = node.end_mark.index - 1
        filled = filled or id(node) in self._filled
        self._filled.add(id(node))
        before = self.text[:at].rstrip()
        comma = ", " if filled and not before.endswith(",") else " " if filled else ""
        place = len(before)
        self._insert(place, comma + part)

    def _lines(self, offset: int, lines: list[str], column: int) -> None:
        """After the line that holds `offset`."""
        if offset and self.text[offset - 1 : offset] == "\n":
            at, start = offset, ""
        else:
            at = self.text.find("\n", offset)
            at, start = (len(self.text), "\n") if at < 0 else (at + 1, "")
        self._insert(at, start + "\n".join(lines) + "\n", column)

    def _insert(self, offset: int, part: str, column: int = 0) -> None:
        self.inserted.append((offset, len(self.inserted) - column * MAX_PARTS, part))

    def _end(self, node: Node) -> int:
        """Offset after the last letter that belongs to it (not after the comments that follow)."""
        if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
            block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
            end: int = node.end_mark.index
            return len(self.text[:end].rstrip()) if block else end
        last = node.value[-1]
        if not isinstance(node, yaml.MappingNode):
            return self._end(last)
        return max(self._end(last[1]), int(last[0].end_mark.index))

    def _shown(self, key: str) -> str:
        return json.dumps(key, ensure_ascii=False) if self.json else flow(key)

    def _flow(self, value: Json) -> str:
        return json.dumps(value, ensure_ascii=False) if self.json else flow(value)

"""The canvas of one n8n workflow: nodes on a grid, connections, notes. Everything that has an id gets a stable one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.output.json_text import Json

SPACE = UUID("6d2a2f0e-7f5d-5a8e-9d9a-3c1b6f3f7a10")
"""Namespace of our ids."""
COLUMN, ROW = 256, 224
"""Pixels from node to node."""
NODE = 96
OUTPUT = 40
"""Pixels a node grows with each output."""
NOTE = "n8n-nodes-base.stickyNote"


class Port(Struct, frozen=True):
    """An output of a node that the next one is connected to, and where the next one goes if there is room."""

    node: str
    output: int = 0
    column: int = 0
    row: int = 0

    def below(self, rows: int) -> Port:
        return replace(self, row=self.row + rows)


class Canvas:
    def __init__(self, key: str) -> None:
        self.key = key
        """What the ids are made from."""
        self.nodes: list[Json] = []
        self.connections: dict[str, Json] = {}
        self._taken: set[tuple[int, int]] = set()

    def id(self, name: str) -> str:
        return str(uuid5(SPACE, f"{self.key}/{name}"))

    def name(self, wanted: str) -> str:
        """The name, or with a number where it is taken: n8n tells nodes apart by their names."""
        names = {node["name"] for node in self.nodes}
        found, number = wanted, 2
        while found in names:
            found, number = f"{wanted} {number}", number + 1
        return found

    @property
    def bottom(self) -> int:
        """The first row below everything."""
        return max((row for _, row in self._taken), default=-1) + 1

    @property
    def right(self) -> int:
        return max((column for column, _ in self._taken), default=-1) + 1

    def add(
        self,
        name: str,
        kind: str,
        version: float,
        parameters: Mapping[str, Any],
        ports: Sequence[Port] = (),
        *,
        column: int | None = None,
        outputs: int = 1,
        **more: Any,
    ) -> Port:
        """Adds a node behind the ports and connects them to it; n8n draws one with many outputs taller. Returns its
        first output."""
        name = self.name(name)
        place = max((port.column for port in ports), default=0) if column is None else column
        row = min((port.row for port in ports), default=0)
        tall = math.ceil(outputs * OUTPUT / ROW)
        while any((place, row + below) in self._taken for below in range(tall)):
            row += 1
        self._taken |= {(place, row + below) for below in range(tall)}
        self.nodes.append(
            {
                "parameters": dict(parameters),
                "id": self.id(name),
                "name": name,
                "type": kind,
                "typeVersion": version,
                "position": [place * COLUMN, row * ROW],
                **more,
            }
        )
        self.connect(ports, name)
        return Port(name, 0, place + 1, row)

    def connect(self, ports: Sequence[Port], name: str) -> None:
        for port in ports:
            outputs = self.connections.setdefault(port.node, {"main": []})["main"]
            while len(outputs) <= port.output:
                outputs.append([])
            link = {"node": name, "type": "main", "index": 0}
            if link not in outputs[port.output]:
                outputs[port.output].append(link)

    def node(self, name: str) -> Json:
        return next(node for node in self.nodes if node["name"] == name)

    def note(self, name: str, text: str, x: int, y: int, width: int, height: int, color: int) -> None:
        """A sticky note; x and y in pixels."""
        parameters = {"content": text, "height": height, "width": width, "color": color}
        self.nodes.insert(
            0,
            {
                "parameters": parameters,
                "id": self.id(f"note/{name}"),
                "name": name,
                "type": NOTE,
                "typeVersion": 1,
                "position": [x, y],
            },
        )

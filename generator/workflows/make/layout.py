"""Where modules stand in Make's editor: no module on another, and no line through one or its name."""

from __future__ import annotations

from typing import Any

STEP, ROW = 300, 280
"""Pixels between modules, and between routes."""
SLANT = 125
"""Pixels that a router's routes keep away from it for each row they go down: a steep line runs through the names."""


def arrange(flow: list[dict[str, Any]], x: int = 0, y: int = 0) -> int:
    """Puts modules side by side, routes below each other; below all of them the handlers, that of the last module
    first, so that no line has to pass one. Returns the first free row."""
    bottom = y + 1
    for place, module in enumerate(flow):
        designer = module["metadata"]["designer"]
        designer["x"], designer["y"] = x + place * STEP, y * ROW
    if flow and "routes" in flow[-1]:
        bottom = max(bottom, _routes(flow[-1]["routes"], x + (len(flow) - 1) * STEP, y))
    for place, module in reversed(list(enumerate(flow))):
        if module.get("onerror"):
            bottom = arrange(module["onerror"], x + (place + 1) * STEP, bottom)
    return bottom


def _routes(routes: list[dict[str, Any]], x: int, y: int) -> int:
    """The routes of a router at `x`, as far from it as the last of them is below it."""
    starts, row = [], y
    for route in routes:
        starts.append(row)
        row = arrange(route["flow"], x, row)
    distance = max(STEP, (starts[-1] - y) * SLANT)
    for route, start in zip(routes, starts, strict=True):
        arrange(route["flow"], x + distance, start)
    return row

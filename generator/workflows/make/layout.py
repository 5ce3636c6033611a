"""Where modules stand in Make's editor."""

from __future__ import annotations

from typing import Any

STEP, ROW = 300, 280
"""Pixels between modules, and between routes."""


def arrange(flow: list[dict[str, Any]], x: int = 0, y: int = 0) -> int:
    """Puts modules side by side, routes and handlers below each other. Returns the first free row."""
    bottom = y + 1
    for module in flow:
        designer = module["metadata"]["designer"]
        designer["x"], designer["y"] = x * STEP, y * ROW
        x += 1
        row = y
        for route in module.get("routes", []):
            row = arrange(route["flow"], x, row)
        if module.get("onerror"):
            row = arrange(module["onerror"], x, max(bottom, row))
        bottom = max(bottom, row)
    return bottom

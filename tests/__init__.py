"""The test suite: a folder a room, beside specs/, golden/, vectors/ and the platforms' own runtimes in platforms/."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
SHOWCASE = TESTS / "golden" / "showcase.openapi.yaml"
"""One document with nearly everything that a document can have."""

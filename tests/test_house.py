"""What a newcomer can rely on in every room: sizes, names, and that rooms hand each other named things."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests import ROOT

ROOMS = ("specloom", "schemas", "generator", "connector")
MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 40
MOST_ENTRIES = 12
APART = Path("schemas/draft")
"""Speaks of what pages say: its Field, Operation and Reply are facts with a source, and never leave the room."""
MORE_ENTRIES = {
    "schemas": "the floor's rooms, and the words that all of them share",
    "generator": "one room a platform",
    "connector": "the field's words for the parts of a gateway",
    "generator/runtime/src": "the core is one folder of modules in every package that is written",
    "generator/n8n/runtime/src": "so is the node's run-time",
}
"""Folders that may hold more entries, and why."""


@cache
def modules() -> dict[Path, ast.Module]:
    paths = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    return {path.relative_to(ROOT): ast.parse(path.read_text("utf-8")) for path in paths}


def sources() -> Iterator[Path]:
    yield from modules()
    for path in sorted((ROOT / "generator").rglob("*.ts")):
        yield path.relative_to(ROOT)


def test_no_file_is_longer_than_one_can_read() -> None:
    lengths = {str(path): len((ROOT / path).read_text("utf-8").splitlines()) for path in sources()}
    assert len(lengths) > 300
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    found = {}
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > MOST_LINES_OF_A_FUNCTION:
                    found[f"{path}:{node.name}"] = length
    assert found == {}


def test_no_folder_holds_more_than_a_dozen_entries() -> None:
    folders = {path.parent for path in sources()}
    counts = {str(folder): sum(1 for _ in entries(ROOT / folder)) for folder in folders}
    crowded = {folder for folder, count in counts.items() if count > MOST_ENTRIES}
    assert crowded - MORE_ENTRIES.keys() == set()
    assert MORE_ENTRIES.keys() - crowded == set(), "these need no exception"


def entries(folder: Path) -> Iterator[Path]:
    """Code only: the data of a room stands beside it."""
    for path in folder.iterdir():
        if path.suffix in (".py", ".ts", ".js") or (path.is_dir() and any(path.rglob("*.py"))):
            yield path


def test_no_class_name_stands_in_two_modules_for_two_things() -> None:
    """Rooms that speak of other things by the same words (a page's fields, say) may do so where nobody else sees it."""
    places = defaultdict(set)
    for path, tree in modules().items():
        if path.is_relative_to(APART):
            continue
        for name in defined(tree):
            places[name].add(str(path))
    assert {name: sorted(found) for name, found in places.items() if len(found) > 1} == {}


def defined(tree: ast.Module) -> Iterator[str]:
    """Classes, and types that are given a name."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id[0].isupper() and not target.id.isupper():
            yield target.id


@pytest.mark.parametrize("room", ROOMS)
def test_facts_travel_under_names(room: str) -> None:
    """No bare tuple of three or more from one module to another."""
    found = []
    for path, tree in modules().items():
        if path.parts[0] != room:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.returns:
                if is_long_tuple(node.returns):
                    found.append(f"{path}:{node.name}")
    assert found == []


def is_long_tuple(annotation: ast.expr) -> bool:
    """tuple[A, B, C], also within another type; tuple[A, ...] is a list."""
    for node in ast.walk(annotation):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "tuple":
            if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) > 2:
                return True
    return False

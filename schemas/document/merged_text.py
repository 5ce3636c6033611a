"""A document's text with overlays in it: what they do not touch stays as its author has written it."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from specloom.schemas.document.overlay import Overlay, apply_all
from specloom.schemas.document.source import Source
from specloom.schemas.problems import Problem


class MergedText(Struct, frozen=True):
    text: str
    problems: tuple[Problem, ...]


def merged_text(path: Path, overlays: Sequence[Overlay]) -> MergedText:
    """Raises SpecloomError where the document cannot be read."""
    source = Source(path)
    problems = apply_all(source, overlays)
    text = path.read_text("utf-8-sig")
    if text.lstrip().startswith("{"):
        return MergedText(json.dumps(source.root, indent=_indent(text), ensure_ascii=False) + "\n", problems)
    from ruamel.yaml import YAML  # keeps comments, order, quotes and flow style

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2) if "\n  - " in text else yaml.indent(mapping=2, sequence=2, offset=0)
    tree = yaml.load(text)
    _write_into(tree, source.root)
    written = io.StringIO()
    yaml.dump(tree, written)
    return MergedText(written.getvalue(), problems)


def _write_into(tree: Any, value: Any) -> None:
    """Makes the tree say what `value` says, changing no node that says it already."""
    if isinstance(value, dict):
        for key in [key for key in tree if key not in value and str(key) not in value]:
            del tree[key]
        names = {str(key): key for key in tree}
        for key, child in value.items():
            held = names.get(str(key), key)
            if held in tree and _alike(tree[held], child):
                _write_into(tree[held], child)
            else:
                tree[held] = child
    elif isinstance(value, list):
        for index, child in enumerate(value):
            if index >= len(tree):
                tree.append(child)
            elif _alike(tree[index], child):
                _write_into(tree[index], child)
            else:
                tree[index] = child
        del tree[len(value) :]


def _alike(node: Any, value: Any) -> bool:
    """Two objects, two lists, or the same plain value, however it is written."""
    if isinstance(value, dict):
        return isinstance(node, dict)
    if isinstance(value, list):
        return isinstance(node, list)
    return not isinstance(node, (dict, list)) and (node == value or str(node) == str(value))


def _indent(text: str) -> int | None:
    second = text.splitlines()[1:2]
    return len(second[0]) - len(second[0].lstrip()) if second else None

"""The `x-specloom` blocks, checked against schemas/x-specloom.schema.json where they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from specloom.schemas.document.node import Node
from specloom.schemas.document.reporter import Reporter
from specloom.schemas.expressions import Expression, ExpressionError, parse

ExtensionPlace = Literal["root", "operation", "field", "security_scheme", "note"]
_FIRST = re.compile(r"[.\[]")
SCHEMA_FILE = Path(__file__).parent.parent / "x-specloom.schema.json"


@cache
def _validator(place: ExtensionPlace) -> Callable[[Any], list[tuple[str, str]]]:
    from specloom.schemas.http.validation import Checker  # costly to import, and most documents have no x-specloom

    schema = json.loads(SCHEMA_FILE.read_text("utf-8"))
    checker = Checker({**schema, "$ref": f"#/$defs/{place}"})
    return lambda value: [(_FIRST.split(one.place, 1)[0], str(one)) for one in checker.refusals(value)]


def extension(node: Node, place: ExtensionPlace, report: Reporter) -> Mapping[str, Any]:
    """The block at `node`, without the parts that are wrong: those are reported."""
    block = node.value.get("x-specloom") if isinstance(node.value, dict) else None
    if block is None:
        return {}
    faults = _validator(place)(block)
    if not faults:
        return dict(block)
    for _, message in faults:
        report.error(node.get("x-specloom"), "extension", f"x-specloom: {message[:300]}", "see x-specloom.schema.json")
    if not isinstance(block, dict):
        return {}
    wrong = {key for key, _ in faults}
    known = json.loads(SCHEMA_FILE.read_text("utf-8"))["$defs"][place]["properties"]
    return {key: value for key, value in block.items() if key in known and key not in wrong}


def expression(text: Any, node: Node, report: Reporter) -> Expression | None:
    """Parsed; None (and a problem) where it is no expression."""
    if not isinstance(text, str):
        return None
    try:
        return parse(text)
    except ExpressionError as error:
        report.error(node, "expression", str(error), "use an OpenAPI runtime expression such as $response.body#/id")
        return None

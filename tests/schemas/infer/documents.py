"""Small documents of the habits that real ones have, and what is proposed for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from specloom.schemas.infer import Proposal, propose
from specloom.schemas.load import Loaded, load

KEY = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}


def operation(
    reply: Any = None, *, status: str = "200", inputs: Mapping[str, Any] | None = None, body: Any = None, **more: Any
) -> dict[str, Any]:
    """An operation: `reply` and `body` are schemas, `inputs` query parameters by name."""
    found: dict[str, Any] = {"responses": {status: {"description": "ok"}}, **more}
    if reply is not None:
        found["responses"][status]["content"] = {"application/json": {"schema": reply}}
    if inputs:
        found["parameters"] = [{"name": n, "in": "query", "schema": s} for n, s in inputs.items()]
    if body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return found


def obj(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def listed(element: Any) -> dict[str, Any]:
    return {"type": "array", "items": element}


TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer"}
THING = obj(id=TEXT, name=TEXT, created_at={"type": "string", "format": "date-time"})


def path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def file(media_type: str, **more: Any) -> dict[str, Any]:
    """An operation that answers a file."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {"responses": {"200": {"description": "The file.", "content": content}}, **more}


def read(folder: Path, paths: Mapping[str, Any], **root: Any) -> Loaded:
    document = {"openapi": "3.1.0", "info": {"title": "Sample", "version": "1"}, "paths": paths, **root}
    for where, item in paths.items():
        for method, node in item.items():
            if isinstance(node, dict):
                node.setdefault(
                    "operationId", f"{method} {where}".replace("/", "_").replace(" ", "").translate({123: "", 125: ""})
                )
    file = folder / "sample.json"
    file.write_text(json.dumps(document))
    return load(file)


def proposed(folder: Path, paths: Mapping[str, Any], kind: str = "", **root: Any) -> list[Proposal]:
    return [p for p in propose(read(folder, paths, **root)) if not kind or p.kind == kind]


def block(proposals: list[Proposal], name: str) -> Any:
    """What the only proposal says under this name of x-specloom."""
    (only,) = proposals
    return only.block[name]

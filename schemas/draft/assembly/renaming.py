"""A draft's paths as an existing document writes them, so that the two can be held side by side."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from specloom.schemas.draft.assembly.paths import shape
from specloom.schemas.draft.facts import Json

_METHODS = frozenset("get put post delete patch head options trace".split())


def renamed(drafted: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The draft's paths with the document's base, its parameters' names, and operationIds of their own."""
    base, theirs = _base(drafted.get("servers")), _base(own.get("servers"))
    known = _object(own.get("paths"))
    taken = {
        operation["operationId"]
        for item in known.values()
        for operation in _object(item).values()
        if isinstance(operation, dict) and isinstance(operation.get("operationId"), str)
    }
    result = {}
    for path, item in (drafted.get("paths") or {}).items():
        whole = base + path
        match = next((name for name in known if isinstance(name, str) and shape(theirs + name) == shape(whole)), None)
        name = match or (
            whole[len(theirs) :] if theirs and whole.startswith(f"{theirs}/") else path if theirs else whole
        )
        there = _object(known.get(match)) if match else {}
        result[name] = {
            method: _operation(operation, path, name, there, method, taken)
            for method, operation in item.items()
            if method in _METHODS
        }
    return result


def _object(value: Json) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _operation(
    drafted: dict[str, Any], path: str, name: str, there: dict[str, Any], method: str, taken: set[str]
) -> dict[str, Any]:
    names = dict(zip(re.findall(r"\{([^{}]+)\}", path), re.findall(r"\{([^{}]+)\}", name), strict=False))
    made = dict(drafted)
    shared = {(p.get("in"), p.get("name")) for p in there.get("parameters", ()) if isinstance(p, dict)}
    if "parameters" in made:
        renamed = [
            {**p, "name": names.get(p["name"], p["name"])} if p["in"] == "path" else p for p in made["parameters"]
        ]
        made["parameters"] = [p for p in renamed if (p["in"], p["name"]) not in shared]
        if not made["parameters"]:
            del made["parameters"]
    if method not in there:
        while made["operationId"] in taken:
            made["operationId"] += "2"
        taken.add(made["operationId"])
    return made


def _base(servers: Json) -> str:
    first = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else {}
    url = re.sub(r"\{[^}]*\}", "x", str(first.get("url") or ""))
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""

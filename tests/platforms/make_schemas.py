"""Make's own JSON Schemas of app components, found through SPECLOOM_MAKE_SCHEMAS, and which file each one is for."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

VARIABLE = "SPECLOOM_MAKE_SCHEMAS"
_BASE = "https://make.invalid/"
_PARAMETERS = ("params", "staticParams", "mappableParams", "interface")
_GENERAL = {"base": "base.json", "common": "common.json", "groups": "groups.json"}


def folder() -> Path | None:
    named = os.environ.get(VARIABLE)
    return Path(named) if named and Path(named).is_dir() else None


@cache
def _registry() -> Registry[Any]:
    place = folder()
    assert place is not None
    resources = [
        (_BASE + path.name, Resource.from_contents(_without_local_ids(json.loads(path.read_text())), DRAFT7))
        for path in sorted(place.glob("*.json"))
    ]
    return Registry().with_resources(resources)


def _without_local_ids(schema: Any) -> Any:
    """`$id: "#x"` beside a `$ref` target changes the base in Python's validators; Make's editor reads it as a name."""
    if isinstance(schema, dict):
        local = str(schema.get("$id", "")).startswith("#")
        return {k: _without_local_ids(v) for k, v in schema.items() if not (k == "$id" and local)}
    return [_without_local_ids(each) for each in schema] if isinstance(schema, list) else schema


@cache
def _validator(name: str) -> Draft7Validator:
    return Draft7Validator({"$ref": _BASE + name}, registry=_registry())


def complaints(files: Mapping[str, bytes]) -> list[str]:
    """What Make's editor would underline in a project, path first."""
    found = []
    for path, name in _schema_of(files):
        for error in _validator(name).iter_errors(json.loads(files[path])):
            found.append(f"{path} ({name}): {'/'.join(str(p) for p in error.absolute_path)}: {error.message[:300]}")
    return found


def _schema_of(files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    manifest = json.loads(files["makecomapp.json"])
    yield "makecomapp.json", "makecomapp.schema.json"
    for code, path in manifest["generalCodeFiles"].items():
        if code in _GENERAL:
            yield path, _GENERAL[code]
    for kind, components in manifest["components"].items():
        for meta in components.values():
            for code, path in meta["codeFiles"].items():
                yield path, _of_code(kind, code, meta)


def _of_code(kind: str, code: str, meta: Mapping[str, Any]) -> str:
    if code in _PARAMETERS:
        return "parameters.json"
    if code == "communication" and kind == "connection" and meta.get("connectionType") == "oauth":
        return "api-oauth.json"
    named = {"scope": "scope.json", "requiredScope": "scope.json", "defaultScope": "scope.json",
             "scopeList": "scopes.json", "epoch": "epoch.json", "samples": "samples.json", "common": "common.json"}  # fmt: skip
    return named.get(code, "api.json")

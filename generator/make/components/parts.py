"""The parts of an app, and where the files of each stand in a local-development project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

FOLDERS: Mapping[str, str] = {
    "connection": "connections", "module": "modules", "rpc": "rpcs", "webhook": "webhooks",
    "function": "functions", "endpoint": "endpoints",
}  # fmt: skip
"""Kind of component to the folder that holds them."""

CODES: Mapping[str, str] = {
    "communication": "communication.iml.json", "staticParams": "static-params.iml.json",
    "mappableParams": "mappable-params.iml.json", "interface": "interface.iml.json", "samples": "samples.iml.json",
    "scope": "scope.iml.json", "epoch": "epoch.iml.json", "params": "params.iml.json", "common": "common.json",
    "scopeList": "scope-list.iml.json", "defaultScope": "default-scope.iml.json", "attach": "attach.iml.json",
    "detach": "detach.iml.json", "requiredScope": "required-scope.iml.json",
}  # fmt: skip
"""Code type to the ending of its file."""

OF_OAUTH = frozenset({"scope", "scopeList", "defaultScope"})
"""Code types that Make shows for connections with OAuth alone; elsewhere they are written where there are scopes."""


class Component(Struct, frozen=True, kw_only=True):
    """One connection, module, RPC or webhook: its entry in makecomapp.json and its files by code type."""

    name: str
    kind: str
    """connection, module, rpc or webhook"""
    meta: dict[str, Any]
    codes: dict[str, Any]
    """Code type ('communication', 'mappableParams', …) to JSON."""
    resource: str = ""
    rank: int = 0
    """Place in its group: triggers, searches, reads, then what writes."""

    def paths(self, oauth: bool) -> dict[str, str]:
        """Code type to the path of its file, in an app with or without OAuth."""
        start = f"{FOLDERS[self.kind]}/{self.name}/{self.name}."
        return {code: start + CODES[code] for code in self.codes if oauth or code not in OF_OAUTH or self.codes[code]}


class ComponentEntry(Struct, frozen=True):
    """What is kept of a component once its files are written: `meta` is what makecomapp.json says of it."""

    name: str
    meta: Mapping[str, Any]
    resource: str
    rank: int

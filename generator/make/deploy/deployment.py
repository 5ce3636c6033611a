"""Puts a generated app into a Make zone: creates what is missing, then changes only what differs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from specloom.generator.icons.drawn import colour
from specloom.generator.make import iml
from specloom.generator.make.components import names
from specloom.generator.make.deploy.api_client import Zone
from specloom.schemas.model import Service
from specloom.schemas.problems import SpecloomError

VERSION = 1
_SECTIONS: Mapping[str, Mapping[str, str]] = {
    "connection": {"communication": "api", "params": "parameters", "common": "common", "scopeList": "scopes",
                   "defaultScope": "scope"},
    "webhook": {"communication": "api", "params": "parameters", "attach": "attach", "detach": "detach",
                "requiredScope": "scope"},
    "rpc": {"communication": "api", "params": "parameters"},
    "module": {"communication": "api", "epoch": "epoch", "staticParams": "parameters", "mappableParams": "expect",
               "interface": "interface", "samples": "samples", "scope": "scope"},
}  # fmt: skip
"""Kind of component, and code type, to the section Make's API keeps it in."""
_TYPE_IDS = {"trigger": 1, "action": 4, "search": 9, "instant_trigger": 10, "responder": 11, "universal": 12}
_LISTS = {"connection": "appConnections", "webhook": "appWebhooks", "rpc": "appRpcs", "module": "appModules"}
_ONE = {"connection": "appConnection", "webhook": "appWebhook", "rpc": "appRpc", "module": "appModule"}
_ORDER = ("connection", "webhook", "rpc", "module")
"""Modules come last: they name the connections and webhooks, whose names Make gives."""


class Deployment(Struct):
    """One run. `app` is the app's name in Make, which may differ from the service's key."""

    zone: Zone
    service: Service
    files: Mapping[str, bytes]
    app: str = ""
    created: int = 0
    changed: int = 0
    same: int = 0
    kept: list[str] = []
    """Components in Make that the document no longer has: saved scenarios may use them."""
    remote: dict[tuple[str, str], str] = {}
    """(kind, our name) to Make's name."""

    def run(self, step: Callable[[str], None]) -> None:
        """`step` is told what is done next. Raises SpecloomError."""
        manifest = json.loads(self.files["makecomapp.json"])
        step("looking for the app")
        self._app()
        step("base")
        for path, file, kind in self._general(manifest):
            self._section(path, self._text(file), kind, new=self.created == 1)
        for component in _ORDER:
            self._components(component, manifest["components"][component], step)
        step("groups")
        groups = self._text(manifest["generalCodeFiles"]["groups"])
        self._section(f"/sdk/apps/{self.app}/{VERSION}/groups", groups, "jsonc")

    def steps(self) -> int:
        manifest = json.loads(self.files["makecomapp.json"])
        return 3 + sum(len(components) for components in manifest["components"].values())

    def _general(self, manifest: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
        files = manifest["generalCodeFiles"]
        place = f"/sdk/apps/{self.app}/{VERSION}"
        yield f"{place}/base", files["base"], "jsonc"
        yield f"{place}/common", files["common"], "json"
        yield f"{place}/readme", files["readme"], "text"

    def _text(self, path: str) -> str:
        return self.files[path].decode()

    # --- the app

    def _app(self) -> None:
        wanted = {
            "label": iml.line(self.service.title, 60) or self.service.key,
            "description": iml.line(self.service.description or self.service.title, 250),
        }
        found = self._find()
        if found is None:
            name = self.app or names.app(self.service.key)
            body = {
                "name": name,
                **wanted,
                "theme": colour(self.service.key),
                "language": "en",
                "audience": "global",
                "private": True,
            }
            made = self.zone.write("POST", "/sdk/apps", body)
            self.app = _value(made, "app", "name") or name
            self.created += 1
            return
        self.app = str(found["name"])
        self._update(f"/sdk/apps/{self.app}/{VERSION}", wanted, found)

    def _find(self) -> Any:
        """The app by its name; Make may have put a suffix of its own behind the name it was asked for."""
        if self.app:
            found = _value(self.zone.get(f"/sdk/apps/{self.app}/{VERSION}"), "app")
            if found is None and self.zone.reads and not self.zone.dry_run:
                raise SpecloomError(f"there is no app {self.app!r} in this zone", hint="leave --app out to make one")
            return found
        name = names.app(self.service.key)
        listed = _value(self.zone.get("/sdk/apps"), "apps") or []
        ours = re.compile(re.escape(name) + r"(-[0-9a-z]{6})?\Z")
        found = [app for app in listed if ours.match(str(app.get("name")))]
        if len(found) > 1:
            hint = "say which with --app"
            raise SpecloomError(f"several apps could be meant: {', '.join(app['name'] for app in found)}", hint=hint)
        return found[0] if found else None

    # --- components

    def _components(self, kind: str, components: Mapping[str, Any], step: Callable[[str], None]) -> None:
        listed = _value(self.zone.get(self._place(kind)), _LISTS[kind]) or []
        left = {str(each["name"]): each for each in listed}
        for name, meta in components.items():
            step(f"{kind} {name}")
            found = self._match(kind, name, meta, left)
            if found is None:
                self._create(kind, name, meta)
            else:
                del left[str(found["name"])]
                self.remote[kind, name] = str(found["name"])
                self._update(self._place(kind, str(found["name"])), self._meta(kind, meta), found)
            for code, path in meta["codeFiles"].items():
                section = _SECTIONS[kind][code]
                place = f"{self._place(kind, self.remote[kind, name])}/{section}"
                self._section(place, self._text(path), "json" if section == "common" else "jsonc", new=found is None)
        self.kept += [f"{kind} {name}" for name in left]

    def _match(self, kind: str, name: str, meta: Mapping[str, Any], left: Mapping[str, Any]) -> Any:
        """Modules and RPCs keep our names; connections and webhooks get Make's, so their labels tell them apart,
        and where only one stands for only one, that it is the only one."""
        if kind in ("module", "rpc"):
            return left.get(name)
        same = [each for each in left.values() if each.get("label") == meta["label"]]
        if same:
            return same[0]
        return next(iter(left.values())) if kind == "connection" and len(left) == 1 else None

    def _create(self, kind: str, name: str, meta: Mapping[str, Any]) -> None:
        body = self._meta(kind, meta)
        if kind in ("module", "rpc"):
            body["name"] = name
        if kind == "connection":
            body["type"] = meta["connectionType"]
        if kind == "webhook":
            body["type"] = meta["webhookType"]
        if meta.get("moduleType") == "universal":
            body["subtype"] = "Universal"
        if kind == "module":
            body["moduleInitMode"] = "blank"
        made = self.zone.write("POST", self._place(kind), body)
        given = _value(made, _ONE[kind], "name")
        self.remote[kind, name] = str(given) if given else name
        self.created += 1

    def _meta(self, kind: str, meta: Mapping[str, Any]) -> dict[str, Any]:
        """What Make keeps of a component beside its code, with references by the names Make gave."""
        body: dict[str, Any] = {"label": meta["label"]}
        if kind == "module":
            body.update(description=meta["description"], typeId=_TYPE_IDS[meta["moduleType"]])
            if meta["moduleType"] == "action":
                body["crud"] = meta["actionCrud"]
        for reference in ("connection", "webhook"):
            if meta.get(reference):
                body[reference] = self.remote[reference, meta[reference]]
        return body

    def _place(self, kind: str, name: str = "") -> str:
        """Connections and webhooks belong to the app, modules and RPCs to its version."""
        if kind in ("connection", "webhook"):
            return f"/sdk/apps/{kind}s/{name}" if name else f"/sdk/apps/{self.app}/{kind}s"
        place = f"/sdk/apps/{self.app}/{VERSION}/{kind}s"
        return f"{place}/{name}" if name else place

    # --- differences

    def _update(self, place: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        differs = {key: value for key, value in wanted.items() if found.get(key) != value}
        if differs:
            self.zone.write("PATCH", place, differs)
            self.changed += 1
        else:
            self.same += 1

    def _section(self, place: str, content: str, kind: str, *, new: bool = False) -> None:
        """A new component's sections hold Make's own templates, so they are always written. Common data of what
        stands already is its owner's: client secrets are put there by hand."""
        if not new and place.endswith("/common"):
            return
        if not new and _equal(self.zone.get(place), content, kind):
            self.same += 1
            return
        self.zone.write("PUT", place, content, kind)
        self.changed += 1


def _value(reply: Any, *path: str) -> Any:
    for key in path:
        reply = reply.get(key) if isinstance(reply, dict) else None
    return reply


def _equal(remote: Any, content: str, kind: str) -> bool:
    """Whether a section holds the same; JSON is compared as JSON, in the order Make shows it."""
    if remote is None:
        return False
    if kind == "text":
        return isinstance(remote, str) and remote.strip() == content.strip()
    if isinstance(remote, str):
        try:
            remote = json.loads(remote)
        except ValueError:
            return False
    return json.dumps(remote) == json.dumps(json.loads(content))

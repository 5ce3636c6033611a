"""Runs a whole Make blueprint: apps by the stand-in for Make, stock modules by what they are known to give."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from specloom.generator.workflows.source.services import services
from tests.platforms.make_emulator.app import MakeApp
from tests.platforms.make_emulator.errors import MakeError
from tests.platforms.make_emulator.evaluate import render
from tests.platforms.make_emulator.stock_http import MODULES, Call, Keychain
from tests.platforms.make_emulator.stock_http import run as send
from tests.platforms.make_emulator.values import UNDEFINED

Json = dict[str, Any]
Bundles = dict[str, Json]
"""Module ('m3') to the bundle it gave last."""

_INSIDE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TEXT = re.compile(r"('[^']*'|\"[^\"]*\")")
_STOCK: Mapping[str, list[Json]] = {
    "google-sheets:filterRows": [{"0": "A red fox"}, {"0": "A green heron"}],
    "google-sheets:addRow": [{"rowNumber": 2}],
    "slack:CreateMessage": [{"ts": "1"}],
    "email:ActionSendEmail": [{"messageId": "1"}],
    "google-drive:uploadAFile": [{"id": "1", "name": "file", "webViewLink": "https://drive.example.com/1"}],
    "http:ActionGetFile": [{"fileName": "sound.wav", "data": b"RIFF"}],
    "http:ActionSendData": [{"statusCode": 201, "data": {"url": "https://files.example.com/1", "expires_at": "2026"}}],
    "util:FunctionSleep": [{}],
    "builtin:BasicAggregator": [{}],
}


class Stopped(Exception):
    """A scenario that was rolled back."""


class Scenario:
    """One run. `ran`: (module's name on the canvas, what it was given) in order."""

    def __init__(self, connect: Callable[[str], MakeApp], keychain: Callable[[str], Keychain] | None = None) -> None:
        self.connect = connect
        self.keychain = keychain
        """The key that belongs to an address: with it, the stock HTTP modules really call."""
        self.calls: list[Call] = []
        self.variables: Json = {}
        self.apps: dict[str, MakeApp] = {}
        self.ran: list[tuple[str, Any]] = []
        self.result: Json = {}
        self.handled: list[str] = []

    def run(self, blueprint: Mapping[str, Any], start: Json) -> Scenario:
        flow = blueprint["flow"]
        bundles: Bundles = {}
        if flow[0]["module"] == "gateway:CustomWebHook" or flow[0]["module"].endswith(":watchNewResult"):
            bundles[f"m{flow[0]['id']}"] = start
            flow = flow[1:]
        try:
            self._flow(flow, bundles)
        except Stopped:
            self.handled.append("rolled back")
        return self

    def _flow(self, flow: list[Json], bundles: Bundles) -> None:
        """The rest of a flow for one bundle; where a module gives several, once for each up to its aggregator."""
        for place, module in enumerate(flow):
            if not _passes(module.get("filter"), bundles):
                return
            if "routes" in module:
                for route in module["routes"]:
                    self._flow(route["flow"], dict(bundles))
                return
            try:
                given = self._given(module, bundles)
            except MakeError as error:
                if "onerror" not in module:
                    raise
                message = f"[{error.status}] {error}" if error.status and not str(error).startswith("[") else str(error)
                inside = {**bundles, f"m{module['id']}": {"error": {"message": message, "type": error.type}}}
                self.handled.append(module["metadata"]["designer"]["name"])
                self._flow(module["onerror"], inside)
                return
            if len(given) == 1:
                bundles = {**bundles, f"m{module['id']}": given[0]}
                continue
            rest = flow[place + 1 :]
            ends = [i for i, m in enumerate(rest) if m.get("parameters", {}).get("feeder") == module["id"]]
            body = rest[: ends[0]] if ends else rest
            gathered = []
            for each in given:
                inside = {**bundles, f"m{module['id']}": each}
                self._flow(body, inside)
                gathered += [_rendered(rest[ends[0]]["mapper"], inside)] if ends else []
            if ends:
                self._flow(rest[ends[0] + 1 :], {**bundles, f"m{rest[ends[0]]['id']}": {"array": gathered}})
            return

    def _given(self, module: Json, bundles: Bundles) -> list[Json]:
        """The bundles a module gives."""
        kind = module["module"]
        form = _rendered(module["mapper"], bundles)
        if kind == "builtin:Rollback":
            raise Stopped
        self.ran.append((module["metadata"]["designer"]["name"], form))
        if kind == "builtin:Ignore":
            return [{}]
        if kind == "util:SetVariables":
            values = {v["name"]: v["value"] for v in form["variables"]}
            if module["metadata"]["designer"]["name"] == "Result":
                self.result = values
            return [values]
        if kind == "builtin:BasicFeeder":
            return list(form["array"])
        if kind == "builtin:BasicRepeater":
            start, step = int(form["start"]), int(form["step"])
            return [{"i": start + turn * step} for turn in range(int(form["repeats"]))]
        if kind == "util:SetVariable2":
            self.variables[form["name"]] = form["value"]
            return [{form["name"]: form["value"]}]
        if kind == "util:GetVariable2":
            return [{form["name"]: self.variables.get(form["name"])}]
        if kind in MODULES and self.keychain is not None and not form["url"].startswith("https://your-gateway."):
            key = self.keychain(form["url"]) if MODULES[kind] else None
            return [send(form, module["parameters"]["handleErrors"], key, self.calls)]
        if kind in _STOCK:
            return _STOCK[kind]
        app, _, name = kind.partition(":")
        if app not in self.apps:
            self.apps[app] = self.connect(next(key for key in services() if key == app))
        return [self.apps[app].run(name, form)]


def _passes(given: Json | None, bundles: Bundles) -> bool:
    if given is None:
        return True
    return any(all(_holds(c, bundles) for c in group) for group in given["conditions"])


def _holds(condition: Json, bundles: Bundles) -> bool:
    left, right = (_rendered(condition[side], bundles) for side in "ab")
    kind, _, operator = condition["o"].partition(":")
    if operator in ("contain", "notcontain"):
        return (str(right) in _text(left)) is (operator == "contain")
    if kind == "text":
        return (_text(left) == _text(right)) is (operator == "equal")
    if kind == "boolean":
        return (left is (right is True or right == "true")) is (operator == "equal")
    number = float(left) if isinstance(left, (int, float)) else None
    if operator in ("less", "greaterorequal"):
        return number is not None and (number < float(right)) is (operator == "less")
    equal = number == float(right)
    return equal if operator == "equal" else not equal


def _text(value: Any) -> str:
    return "" if value is None or value is UNDEFINED else str(value)


def _rendered(value: Any, bundles: Bundles) -> Any:
    """A mapper evaluated: the semicolons and module numbers of scenarios become what apps write."""
    if isinstance(value, dict):
        found = {key: _rendered(each, bundles) for key, each in value.items()}
        return {key: each for key, each in found.items() if each is not UNDEFINED}
    if isinstance(value, list):
        return [_rendered(each, bundles) for each in value]
    return render(_INSIDE.sub(_as_app, value), {"temp": bundles}) if isinstance(value, str) else value


def _as_app(found: re.Match[str]) -> str:
    parts = _TEXT.split(found[1])
    code = [
        p
        if i % 2
        else re.sub(r"(?<![\w.`\[])(\d+)(?=[.\[])", r"temp.m\1", p).replace(";", ",").replace("emptystring", "''")
        for i, p in enumerate(parts)
    ]
    return "{{" + "".join(code) + "}}"

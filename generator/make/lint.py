"""Our own, stricter reading of a Make project: what Make's schemas let pass and Make itself refuses later."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.make import names

_MODULE_TYPES = ("trigger", "action", "search", "instant_trigger", "responder", "universal")
_NEEDED = {
    "action": ("communication", "staticParams", "mappableParams", "interface", "samples"),
    "search": ("communication", "staticParams", "mappableParams", "interface", "samples"),
    "trigger": ("communication", "epoch", "staticParams", "interface", "samples"),
    "instant_trigger": ("communication", "interface"),
    "universal": ("communication", "mappableParams", "interface"),
    "responder": ("communication",),
}
_BODIES = ("POST", "PUT", "PATCH")
_MUSTACHE = re.compile(r"\{\{(.*?)\}\}", re.S)
_LABEL = 128


def lint(files: Mapping[str, bytes]) -> list[str]:
    """Complaints about a project, path first; none means Make can take it."""
    try:
        parsed = {path: json.loads(content) for path, content in files.items() if path.endswith(".json")}
    except ValueError as error:
        return [f"a file is no JSON: {error}"]
    project = _Project(parsed, set(files))
    return sorted(set(project.complaints()))


class _Project:
    def __init__(self, parsed: Mapping[str, Any], paths: set[str]) -> None:
        self.parsed, self.paths = parsed, paths
        self.components: Mapping[str, Mapping[str, Any]] = parsed.get("makecomapp.json", {}).get("components", {})

    def complaints(self) -> Iterator[str]:
        if "makecomapp.json" not in self.parsed:
            yield "makecomapp.json: missing"
            return
        yield from self._files()
        for kind, components in self.components.items():
            for name, meta in components.items():
                yield from self._component(kind, name, meta)
        yield from self._groups()
        universal = [n for n, m in self._of("module").items() if m.get("moduleType") == "universal"]
        if len(universal) != 1:
            yield f"makecomapp.json: {len(universal)} universal modules, exactly one is allowed"

    def _of(self, kind: str) -> Mapping[str, Any]:
        return self.components.get(kind, {})

    def _files(self) -> Iterator[str]:
        manifest = self.parsed["makecomapp.json"]
        named = set(manifest["generalCodeFiles"].values())
        for components in self.components.values():
            for meta in components.values():
                named |= set(meta["codeFiles"].values())
        for path in sorted(named - self.paths):
            yield f"{path}: named in makecomapp.json, but missing"
        for path in sorted(self.paths - named - {"makecomapp.json"}):
            yield f"{path}: not named in makecomapp.json"

    def _component(self, kind: str, name: str, meta: Mapping[str, Any]) -> Iterator[str]:
        if not names.COMPONENT.match(name):
            yield f"{kind} {name}: Make does not take this name"
        label = meta.get("label", "")
        if not 1 <= len(label) <= _LABEL or label != label.strip():
            yield f"{kind} {name}: a label has 1 to {_LABEL} characters"
        for reference in ("connection", "webhook"):
            if meta.get(reference) and meta[reference] not in self._of(reference):
                yield f"{kind} {name}: the {reference} {meta[reference]!r} does not exist"
        if kind == "module":
            yield from self._module(name, meta)
        for code, path in meta["codeFiles"].items():
            content = self.parsed.get(path)
            if code in ("communication", "attach", "detach"):
                yield from self._requests(path, content, connection=kind == "connection")
            if code in ("params", "staticParams", "mappableParams", "interface"):
                yield from self._parameters(path, content, asked=code != "interface")
            yield from _balanced(path, content)

    def _module(self, name: str, meta: Mapping[str, Any]) -> Iterator[str]:
        kind = meta.get("moduleType")
        if kind not in _MODULE_TYPES:
            yield f"module {name}: {kind!r} is no type of module"
            return
        for code in _NEEDED[kind]:
            if code not in meta["codeFiles"]:
                yield f"module {name}: {code} is missing"
        if not meta.get("description"):
            yield f"module {name}: the description is missing"
        if kind == "instant_trigger" and not meta.get("webhook"):
            yield f"module {name}: an instant trigger needs its webhook"
        communication = self.parsed.get(meta["codeFiles"]["communication"])
        response = communication.get("response", {}) if isinstance(communication, dict) else {}
        if kind == "search" and "limit" not in response:
            yield f"module {name}: a search needs a limit"
        if kind == "trigger" and "trigger" not in response:
            yield f"module {name}: a trigger needs response.trigger"

    def _requests(self, path: str, content: Any, *, connection: bool) -> Iterator[str]:
        requests = content if isinstance(content, list) else [content]
        for request in requests:
            if not isinstance(request, dict):
                yield f"{path}: a request is an object"
                continue
            if request.get("method") in _BODIES and "body" not in request:
                yield f"{path}: {request['method']} without a body"
            if "url" in request and not request.get("log", {}).get("sanitize"):
                yield f"{path}: nothing is kept out of the logs"
            yield from _lengths(path, request)
            repeat = request.get("repeat", {})
            if repeat and not all(isinstance(repeat.get(key), int) for key in ("delay", "limit")):
                yield f"{path}: repeat needs a delay and a limit that are plain numbers"
            if repeat and re.search(r"\b(body|headers|statusCode)\b", str(repeat.get("condition"))):
                yield f"{path}: the condition of a repeat sees temp only"

    def _parameters(self, path: str, content: Any, *, asked: bool) -> Iterator[str]:
        if not isinstance(content, list):
            yield f"{path}: parameters are a list"
            return
        seen: set[str] = set()
        for parameter in content:
            name = parameter.get("name", "")
            if name in seen:
                yield f"{path}: {name!r} stands twice"
            seen.add(name)
            if asked and not names.PARAMETER.match(name):
                yield f"{path}: {name!r} needs quoting in IML"
            if not parameter.get("label"):
                yield f"{path}: {name!r} has no label"
            yield from self._choices(path, name, parameter, asked)
            spec = parameter.get("spec")
            if isinstance(spec, list):
                yield from self._parameters(path, spec, asked=asked)

    def _choices(self, path: str, name: str, parameter: Mapping[str, Any], asked: bool) -> Iterator[str]:
        options = parameter.get("options")
        if parameter["type"] == "select" and not options:
            yield f"{path}: {name!r} offers nothing to select"
        if isinstance(options, str) and options.removeprefix("rpc://") not in self._of("rpc"):
            yield f"{path}: {name!r} asks {options!r}, which does not exist"
        for option in options if isinstance(options, list) else ():
            if not option.get("label"):
                yield f"{path}: {name!r} has a choice without a label"
            if isinstance(option.get("nested"), list):
                yield from self._parameters(path, option["nested"], asked=asked)

    def _groups(self) -> Iterator[str]:
        grouped = [name for group in self.parsed.get("modules/groups.json", []) for name in group["modules"]]
        for name in sorted(set(grouped) - set(self._of("module"))):
            yield f"modules/groups.json: the module {name!r} does not exist"
        for name in sorted(set(self._of("module")) - set(grouped)):
            yield f"modules/groups.json: the module {name!r} is in no group"
        if len(grouped) != len(set(grouped)):
            yield "modules/groups.json: a module is in two groups"


def _lengths(path: str, request: Mapping[str, Any]) -> Iterator[str]:
    """Texts that Make cuts off at a length."""
    response = request.get("response", {})
    iterate, error = response.get("iterate", ""), response.get("error", {})
    told = {
        "url": (request.get("url", ""), 512),
        "iterate": (iterate.get("container", "") if isinstance(iterate, dict) else iterate, 512),
        "error": (error.get("message", "") if isinstance(error, dict) else error, 1024),
        "trigger id": (response.get("trigger", {}).get("id", ""), 512),
    }
    for name, (text, most) in told.items():
        if len(text) > most:
            yield f"{path}: {name} is longer than Make's {most} characters"


def _balanced(path: str, content: Any) -> Iterator[str]:
    """Mustaches that open and close, in values and keys alike."""
    todo = [content]
    while todo:
        part = todo.pop()
        if isinstance(part, str):
            if ("{{" in part or "}}" in part) and _is_open(part):
                yield f"{path}: {part[:80]!r} opens or closes an expression without the other"
        elif isinstance(part, dict):
            todo += part
            todo += part.values()
        elif isinstance(part, list):
            todo += part


def _is_open(text: str) -> bool:
    rest = _MUSTACHE.sub("", text)
    return "{{" in rest or "}}" in rest

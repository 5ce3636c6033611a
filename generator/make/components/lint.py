"""Our own, stricter reading of a Make project: what Make's schemas let pass and Make itself refuses later."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from specloom.generator.make import iml
from specloom.generator.make.components import names
from specloom.schemas.memo import table

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
_MUSTACHE = re.compile(rb"\{\{(.*?)\}\}", re.S)
_LABEL = 128
LISTS = frozenset({"params", "staticParams", "mappableParams", "interface"})
"""Code types whose content is a list of parameters."""

Names = Mapping[str, Mapping[str, Any]]
"""Kind and name of components; what stands there is of no interest here."""


def lint(files: Mapping[str, bytes]) -> list[str]:
    """Complaints about a project, path first; none means Make can take it."""
    try:
        parsed = {path: json.loads(content) for path, content in files.items() if path.endswith(".json")}
    except ValueError as error:
        return [f"a file is no JSON: {error}"]
    if "makecomapp.json" not in parsed:
        return ["makecomapp.json: missing"]
    manifest = parsed["makecomapp.json"]
    components: Mapping[str, Mapping[str, Mapping[str, Any]]] = manifest["components"]
    found = set(of_project(manifest, parsed.get("modules/groups.json", []), set(files)))
    reader = ComponentReader(components)
    for kind, each in components.items():
        for name, meta in each.items():
            contents = {code: parsed.get(path) for code, path in meta["codeFiles"].items()}
            found.update(reader.component(kind, name, meta, contents))
            for code, content in contents.items():
                path = meta["codeFiles"][code]
                found.update(f"{path}: {complaint}" for complaint in reader.file(code, content, files.get(path, b"")))
    return sorted(found)


def of_project(manifest: Mapping[str, Any], groups: Sequence[Mapping[str, Any]], paths: set[str]) -> Iterator[str]:
    """Complaints about what ties the components together; `paths` are those of all files."""
    components = manifest["components"]
    named = set(manifest["generalCodeFiles"].values()) | {"makecomapp.json"}
    for each in components.values():
        for meta in each.values():
            named |= set(meta["codeFiles"].values())
    for path in sorted(named - paths):
        yield f"{path}: named in makecomapp.json, but missing"
    for path in sorted(paths - named):
        yield f"{path}: not named in makecomapp.json"
    modules = components.get("module", {})
    yield from _grouped(groups, set(modules))
    universal = [name for name, meta in modules.items() if meta.get("moduleType") == "universal"]
    if len(universal) != 1:
        yield f"makecomapp.json: {len(universal)} universal modules, exactly one is allowed"


def _grouped(groups: Sequence[Mapping[str, Any]], modules: set[str]) -> Iterator[str]:
    grouped = [name for group in groups for name in group["modules"]]
    for name in sorted(set(grouped) - modules):
        yield f"modules/groups.json: the module {name!r} does not exist"
    for name in sorted(modules - set(grouped)):
        yield f"modules/groups.json: the module {name!r} is in no group"
    if len(grouped) != len(set(grouped)):
        yield "modules/groups.json: a module is in two groups"


class ComponentReader:
    """Reads components; `known` are those they may refer to. What they share is read once."""

    def __init__(self, known: Names) -> None:
        self._known = known
        self._closed: set[bytes] = set()
        self._read: dict[tuple[int, bool], tuple[Any, list[str]]] = table()

    def component(self, kind: str, name: str, meta: Mapping[str, Any], contents: Mapping[str, Any]) -> Iterator[str]:
        """Complaints about one component as a whole: its entry in makecomapp.json, and whether its parts are there."""
        yield from self._entry(kind, name, meta)
        if kind == "module":
            yield from _module(name, meta, contents)

    def file(self, code: str, content: Any, text: bytes) -> Iterator[str]:
        """Complaints about one file, by its code type; `text` is its content as JSON."""
        if code in ("communication", "attach", "detach"):
            yield from _requests(content)
        if code in LISTS:
            yield from self._parameters(content, asked=code != "interface")
        yield from self._expressions(content, text)

    def element(self, parameter: Mapping[str, Any], text: bytes, *, asked: bool) -> Iterator[str]:
        """Complaints about one element of a file that is a list of parameters, `asked` for or given."""
        yield from self._asked([parameter]) if asked else self._given([parameter])
        yield from self._expressions(parameter, text)

    def _expressions(self, content: Any, text: bytes) -> Iterator[str]:
        if iml.has_mustaches(text) and not self._is_closed(text):
            yield from _balanced(content)

    def _is_closed(self, text: bytes) -> bool:
        """Whether in each line, and so in each text, what opens also closes. Most lines stand in many files."""
        lines = set(text.split(b"\n")) - self._closed
        for line in lines:
            if iml.has_mustaches(line) and any(_is_open(part) for part in line.split(b'": "')):
                return False
        self._closed |= lines
        return True

    def _entry(self, kind: str, name: str, meta: Mapping[str, Any]) -> Iterator[str]:
        if not names.COMPONENT.match(name):
            yield f"{kind} {name}: Make does not take this name"
        label = meta.get("label", "")
        if not 1 <= len(label) <= _LABEL or label != label.strip():
            yield f"{kind} {name}: a label has 1 to {_LABEL} characters"
        for reference in ("connection", "webhook"):
            if meta.get(reference) and meta[reference] not in self._known.get(reference, {}):
                yield f"{kind} {name}: the {reference} {meta[reference]!r} does not exist"

    def _parameters(self, content: Any, *, asked: bool) -> Iterator[str]:
        if not isinstance(content, list):
            yield "parameters are a list"
            return
        yield from twice(content)
        yield from self._asked(content) if asked else self._given(content)

    def _asked(self, parameters: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        for parameter in parameters:
            name = parameter.get("name", "")
            if not names.PARAMETER.match(name):
                yield f"{name!r} needs quoting in IML"
            if not parameter.get("label"):
                yield f"{name!r} has no label"
            if "options" in parameter or parameter["type"] == "select":
                yield from self._choices(name, parameter)
            if isinstance(parameter.get("spec"), list):
                yield from self._shared(parameter["spec"], True)

    def _given(self, parameters: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        for parameter in parameters:
            if not parameter.get("label"):
                yield f"{parameter.get('name', '')!r} has no label"
            if "spec" in parameter and isinstance(parameter["spec"], list):
                yield from self._shared(parameter["spec"], False)

    def _shared(self, spec: list[Any], asked: bool) -> list[str]:
        """Complaints about the parts of an object, which many have."""
        known = self._read.get((id(spec), asked))
        if known is None:
            # With the list itself: while it is there, no other has its id.
            known = self._read[id(spec), asked] = spec, list(self._parameters(spec, asked=asked))
        return known[1]

    def _choices(self, name: str, parameter: Mapping[str, Any]) -> Iterator[str]:
        options = parameter.get("options")
        if parameter["type"] == "select" and not options:
            yield f"{name!r} offers nothing to select"
        if isinstance(options, str) and options.removeprefix("rpc://") not in self._known.get("rpc", {}):
            yield f"{name!r} asks {options!r}, which does not exist"
        for option in options if isinstance(options, list) else ():
            if not option.get("label"):
                yield f"{name!r} has a choice without a label"
            if isinstance(option.get("nested"), list):
                yield from self._parameters(option["nested"], asked=True)


def twice(parameters: Sequence[Mapping[str, Any]]) -> list[str]:
    """Complaints about names that are given more than once."""
    names = [parameter.get("name", "") for parameter in parameters]
    once = set(names)
    return [] if len(once) == len(names) else [f"{name!r} stands twice" for name in once if names.count(name) > 1]


def _module(name: str, meta: Mapping[str, Any], contents: Mapping[str, Any]) -> Iterator[str]:
    kind = meta.get("moduleType")
    if kind not in _MODULE_TYPES:
        yield f"module {name}: {kind!r} is no type of module"
        return
    for code in _NEEDED[kind]:
        if code not in contents:
            yield f"module {name}: {code} is missing"
    if not meta.get("description"):
        yield f"module {name}: the description is missing"
    if kind == "instant_trigger" and not meta.get("webhook"):
        yield f"module {name}: an instant trigger needs its webhook"
    communication = contents.get("communication")
    response = communication.get("response", {}) if isinstance(communication, dict) else {}
    if kind == "search" and "limit" not in response:
        yield f"module {name}: a search needs a limit"
    if kind == "trigger" and "trigger" not in response:
        yield f"module {name}: a trigger needs response.trigger"


def _requests(content: Any) -> Iterator[str]:
    requests = content if isinstance(content, list) else [content]
    for request in requests:
        if not isinstance(request, dict):
            yield "a request is an object"
            continue
        if request.get("method") in _BODIES and "body" not in request:
            yield f"{request['method']} without a body"
        if "url" in request and not request.get("log", {}).get("sanitize"):
            yield "nothing is kept out of the logs"
        yield from _lengths(request)
        repeat = request.get("repeat", {})
        if repeat and not all(isinstance(repeat.get(key), int) for key in ("delay", "limit")):
            yield "repeat needs a delay and a limit that are plain numbers"
        if repeat and re.search(r"\b(body|headers|statusCode)\b", str(repeat.get("condition"))):
            yield "the condition of a repeat sees temp only"


def _lengths(request: Mapping[str, Any]) -> Iterator[str]:
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
            yield f"{name} is longer than Make's {most} characters"


def _balanced(content: Any) -> Iterator[str]:
    """Mustaches that open and close, in values and keys alike."""
    todo = [content]
    while todo:
        part = todo.pop()
        if isinstance(part, str):
            if ("{{" in part or "}}" in part) and _is_open(part.encode("utf-8", "replace")):
                yield f"{part[:80]!r} opens or closes an expression without the other"
        elif isinstance(part, dict):
            todo += part
            todo += part.values()
        elif isinstance(part, list):
            todo += part


def _is_open(text: bytes) -> bool:
    return iml.has_mustaches(_MUSTACHE.sub(b"", text))

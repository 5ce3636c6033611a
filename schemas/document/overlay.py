"""OpenAPI Overlay 1.0 (and what 1.1 and 1.2 add to it): changes to a document that lie beside it.

https://spec.openapis.org/overlay/v1.0.0.html. The document given is never changed: what an action touches is copied
first, so that parts a YAML anchor shares stay apart.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from specloom.schemas.document import MAX_DEPTH
from specloom.schemas.document.source import Source
from specloom.schemas.problems import Level, Location, Problem, SpecloomError

VERSIONS = ("1.0.", "1.1.", "1.2.")
TargetPlace = tuple[str | int, ...]


class Overlay(Struct, frozen=True):
    """A checked overlay. `lines` are those of its actions, in their order."""

    name: str
    version: str
    title: str
    actions: tuple[Mapping[str, Any], ...]
    lines: tuple[int, ...] = ()
    reviewed: bool = False
    """A person has gone over Specloom's proposals: what is not in here was declined."""


class Overlaid(Struct, frozen=True):
    document: dict[str, Any]
    problems: tuple[Problem, ...]


class _ActionError(ValueError):
    """An action that cannot be carried out; the message is for its author."""


def read(path: Path) -> Overlay:
    """Raises SpecloomError in one line where the file is no overlay."""
    source = Source(path)
    pointers = [f"/actions/{index}" for index in range(len(_list(source.root.get("actions"))))]
    lines = source.lines(pointers)
    return checked(source.root, source.name, tuple(lines[pointer] for pointer in pointers))


def checked(root: Mapping[str, Any], name: str = "overlay", lines: tuple[int, ...] = ()) -> Overlay:
    """The overlay in parsed data. Raises SpecloomError where it is none."""

    def refuse(message: str, hint: str) -> SpecloomError:
        return SpecloomError(message, hint=hint, location=Location(name, 1))

    version = root.get("overlay")
    if not isinstance(version, str):
        raise refuse("not an Overlay document", "it needs 'overlay: 1.0.0' at its top")
    if not version.startswith(VERSIONS):
        raise refuse(f"Overlay version {version[:20]!r} is not known", "use 1.0.0, 1.1.0 or 1.2.0")
    info = root.get("info")
    if not isinstance(info, dict) or not isinstance(info.get("title"), str) or "version" not in info:
        raise refuse("the overlay has no info with title and version", "add 'info: {title: …, version: …}'")
    actions = root.get("actions")
    if not isinstance(actions, list) or not actions or not all(isinstance(action, dict) for action in actions):
        raise refuse("the overlay has no list of actions", "add 'actions:' with at least one target")
    return Overlay(name, version, info["title"], tuple(actions), lines, root.get("x-specloom-reviewed") is True)


def apply_all(source: Source, overlays: Iterable[Overlay]) -> tuple[Problem, ...]:
    """Lays the overlays over what `source` has read, in their order; gives what went wrong."""
    problems: list[Problem] = []
    for overlay in overlays:
        done = apply(source.root, overlay)
        source.root = done.document
        problems += done.problems
        if _is_deep(source.root):
            hint = "shorten what the overlay adds"
            raise SpecloomError(f"nested more than {MAX_DEPTH} levels deep", hint=hint, location=Location(overlay.name))
    return tuple(problems)


def apply(document: Mapping[str, Any], overlay: Overlay) -> Overlaid:
    """The document with every action carried out in its order. An action that cannot be is a problem and changes
    nothing; one whose target selects nothing is a warning, since it was meant to do something."""
    target = _Target(dict(document), overlay.version)
    problems: list[Problem] = []
    for index, action in enumerate(overlay.actions):
        line = overlay.lines[index] if index < len(overlay.lines) else 0
        place = Location(overlay.name, line, f"/actions/{index}")
        try:
            if target.carry_out(action):
                continue
            message, hint = f"target {_shown(action)} selects nothing", "correct it, or drop the action"
            level: Level = "warning"
        except _ActionError as error:
            level, message, hint = "error", str(error), "this action changes nothing"
        problems.append(Problem(level, "overlay", message, hint, place))
    return Overlaid(target.root, tuple(problems))


def selects(document: Mapping[str, Any], query: Any) -> bool:
    """Whether a JSONPath finds anything in the document; what is none finds nothing."""
    try:
        return bool(_Target(dict(document), VERSIONS[-1])._select(query))
    except _ActionError:
        return False


def _shown(action: Mapping[str, Any]) -> str:
    return repr(str(action.get("target"))[:120])


class _Target:
    """The document while it is changed. `_own` holds the containers that were copied already, and only those."""

    def __init__(self, root: dict[str, Any], version: str) -> None:
        self.root: dict[str, Any] = root
        self.is_first = version.startswith("1.0.")
        self._own: dict[int, Any] = {id(root): root}

    def carry_out(self, action: Mapping[str, Any]) -> int:
        """Gives the number of places changed."""
        places = self._select(action.get("target"))
        if action.get("remove") is True:
            self._remove(places)
        elif "copy" in action and not self.is_first:
            self._update(places, self._copied(action["copy"]))
        elif "update" in action:
            self._update(places, action["update"])
        else:
            raise _ActionError("the action has neither 'update' nor 'remove: true'")
        return len(places)

    def _select(self, query: Any) -> list[TargetPlace]:
        from jsonpath_rfc9535 import JSONPathError

        if not isinstance(query, str):
            raise _ActionError("the action has no target")
        try:
            found = _environment().find(query, self.root)
        except (JSONPathError, RecursionError) as error:
            reason = " ".join(str(error).split())[:200]
            raise _ActionError(f"target {query[:120]!r} is no JSONPath: {reason}") from None
        return list(dict.fromkeys(node.location for node in found))

    def _copied(self, query: Any) -> Any:
        places = self._select(query)
        if len(places) != 1:
            raise _ActionError(f"copy has to select one value, not {len(places)}")
        return copy.deepcopy(_value(self.root, places[0]))

    def _remove(self, places: Sequence[TargetPlace]) -> None:
        """From the innermost and the last of a list on, so that no place moves before its turn."""
        if () in places:
            raise _ActionError("the whole document cannot be removed")
        for place in sorted(places, key=lambda p: (len(p), p[-1] if isinstance(p[-1], int) else 0), reverse=True):
            holder = self._owned(place[:-1])
            del holder[place[-1]]

    def _update(self, places: Sequence[TargetPlace], update: Any) -> None:
        self._check(places, update)
        for place in places:
            node = _value(self.root, place)
            if isinstance(node, dict):
                merged: Any = _merged(node, update)
            elif isinstance(node, list):
                concatenates = isinstance(update, list) and not self.is_first
                merged = [*node, *update] if concatenates else [*node, update]
            else:
                merged = update
            self._put(place, merged)

    def _check(self, places: Sequence[TargetPlace], update: Any) -> None:
        """Before anything is changed: what the update may be for what the target selects."""
        for place in places:
            node = _value(self.root, place)
            if isinstance(node, dict) and not isinstance(update, dict):
                raise _ActionError("the target is an object: 'update' has to be one too")
            if isinstance(node, (dict, list)):
                continue
            if self.is_first:
                raise _ActionError("the target is neither an object nor a list: target what holds it")
            if isinstance(update, (dict, list)):
                raise _ActionError("the target is a plain value: 'update' has to be one too")

    def _put(self, place: TargetPlace, value: Any) -> None:
        if place:
            self._owned(place[:-1])[place[-1]] = value
        else:
            self.root = value
            self._own = {id(value): value}

    def _owned(self, place: TargetPlace) -> Any:
        """The container at `place`, it and all around it being copies of our own."""
        node: Any = self.root
        for token in place:
            child = node[token]
            if id(child) not in self._own:
                child = node[token] = copy.copy(child)
                self._own[id(child)] = child
            node = child
        return node


def _merged(node: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    """Objects merge, lists are joined, everything else is replaced."""
    result = dict(node)
    for key, value in update.items():
        old = result.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            result[key] = _merged(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            result[key] = [*old, *value]
        else:
            result[key] = value
    return result


def _value(root: Any, place: TargetPlace) -> Any:
    for token in place:
        root = root[token]
    return root


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        parts = (part for node in level for part in (node.values() if isinstance(node, dict) else node))
        level = [part for part in parts if isinstance(part, (dict, list))]
    return bool(level)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


@cache
def _environment() -> Any:
    from jsonpath_rfc9535 import JSONPathEnvironment

    class Environment(JSONPathEnvironment):
        max_recursion_depth = MAX_DEPTH + 10

    return Environment()

"""What became of every part of a document: its operations, inputs, bodies, replies, events and security schemes.

A text is why something was left out, or what it became on every platform; a mapping is platform to what it became
there. '' means that nobody knows, and is a fault of ours: tests hold that it does not occur.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from specloom.generator.platforms import Emission, Placement
from specloom.schemas.document.inventory import METHODS, DeclaredBody, DeclaredOperation, DeclaredProperty, Inventory
from specloom.schemas.expressions import join_pointer
from specloom.schemas.http.result import error_type
from specloom.schemas.model import Field, Operation, Response, Service
from specloom.schemas.problems import Problem

Fate = str | Mapping[str, Any]
LEFT = "left out: "
_OURS = ("authorization", "content-type", "accept")
NOT_ASKED = "additional_body"
Placed = dict[tuple[str, str], list[Field]]
"""Location and pointer to the fields that stand there, several where alternatives share it."""


class Subject(Struct, frozen=True, kw_only=True):
    """One build. `service` is what the emitters got; `whole` what the document gave."""

    inventory: Inventory
    whole: Service
    service: Service
    emissions: Mapping[str, Emission]
    unselected: Mapping[str, str] = {}
    needed: Mapping[str, str] = {}


def account(subject: Subject) -> dict[str, Any]:
    """{operations, triggers, security_schemes} of the report."""
    ledger = _Ledger(subject)
    return {
        "operations": [ledger.operation(entry) for entry in subject.inventory.operations],
        "triggers": [ledger.trigger(name) for name in ledger.events()],
        "security_schemes": {name: ledger.scheme(name) for name in subject.inventory.schemes},
    }


class _Ledger:
    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.known = subject.whole.by_place
        self.given = {o.operation_id: o for o in subject.service.operations}
        self.written: dict[str, dict[str, list[Placement]]] = {name: {} for name in subject.emissions}
        self.steps: dict[str, dict[str, list[Mapping[str, str]]]] = {}
        """By operation and platform: what its steps ask for, Field.name to key; nothing where it is no step."""
        for name, emission in subject.emissions.items():
            for entry in emission.written:
                self.written[name].setdefault(entry.source, []).append(entry)
                if entry.kind in ("action", "search"):
                    self.steps.setdefault(entry.source, {}).setdefault(name, []).append(entry.inputs)
        self.about: dict[str, list[Problem]] = {}
        for problem in subject.whole.problems:
            self.about.setdefault(problem.location.operation or problem.location.pointer, []).append(problem)

    def operation(self, entry: DeclaredOperation) -> dict[str, Any]:
        found = self.known.get((entry.method, entry.path))
        head = {"operation": found.operation_id if found else "", "method": entry.method, "path": entry.path}
        if found is None:
            return {**head, "platforms": f"{LEFT}{self._why_unread(entry)}"}
        platforms: Fate = self._platforms(found.operation_id)
        result: dict[str, Any] = {**head, "platforms": platforms}
        if found.operation_id in self.subject.needed:
            result["needed"] = self.subject.needed[found.operation_id]
        used = self.given.get(found.operation_id)
        if used is None or isinstance(platforms, str):
            return result
        result["inputs"] = self._inputs(entry, used)
        result["bodies"] = {body.media_type: _body_fate(body, used) for body in entry.bodies}
        result["responses"] = self._responses(entry, used)
        if entry.callbacks:
            result["callbacks"] = {name: self._callback(name, used) for name in entry.callbacks}
        return result

    def _why_unread(self, entry: DeclaredOperation) -> str:
        for problem in self.about.get(entry.pointer, []):
            return problem.message
        known = [o for o in self.subject.whole.operations if o.pointer == entry.pointer]
        if known or entry.method.lower() not in METHODS:
            return f"{entry.method} is no method that connectors can call"
        return ""

    def _platforms(self, source: str) -> Fate:
        if source in self.subject.unselected:
            return f"{LEFT}{self.subject.unselected[source]}"
        return {name: self._fate(name, source) for name in self.subject.emissions}

    def _fate(self, platform: str, source: str) -> Any:
        entries = self.written[platform].get(source, [])
        made = [{"as": entry.kind, "name": entry.name} for entry in entries if entry.kind != "left out"]
        reason = next((entry.reason for entry in entries), "")
        return made or {"left out": reason}

    # Inputs

    def _inputs(self, entry: DeclaredOperation, operation: Operation) -> dict[str, Fate]:
        placed: Placed = {}
        for field in operation.fields:
            placed.setdefault((field.location, field.pointer), []).append(field)
        keys = self._agreed(operation)
        fates: dict[str, Fate] = {}
        for parameter in entry.parameters:
            found = placed.get(parameter)
            fate = self._asked(operation, found, keys) if found else self._why_no_parameter(*parameter, operation)
            fates[":".join(parameter)] = fate
        for name in _templated(entry.path):
            if f"path:{name}" not in fates:
                fates[f"path:{name}"] = self._asked(operation, placed.get(("path", name), ()), keys)
        body = next((body for body in entry.bodies if _is_sent(body, operation)), None)
        for part in body.properties if body else ():
            found = placed.get(("body", join_pointer((part.name,)))) or placed.get(("body", ""))
            fate = self._asked(operation, found, keys) if found else self._why_no_property(part, operation)
            fates[f"body:{part.name}"] = fate
        if body and not body.properties:
            whole = [f for f in operation.fields if f.location == "body"]
            fates["body"] = self._asked(operation, whole, keys) if whole else "there is nothing to fill in"
        return fates

    def _agreed(self, operation: Operation) -> Mapping[str, str]:
        """Field.name to key, where every platform has one step for the operation and all call its inputs alike."""
        platforms = self.steps.get(operation.operation_id, {})
        first, *others = [step for steps in platforms.values() for step in steps] or [{}]
        return first if len(others) < len(platforms) and all(step == first for step in others) else {}

    def _why_no_property(self, part: DeclaredProperty, operation: Operation) -> str:
        if part.read_only:
            return f"{LEFT}read only, the service sets it"
        if part.name == "__proto__":
            return f"{LEFT}no JavaScript can send a field of this name"
        codes = {problem.code for problem in self.about.get(operation.operation_id, [])}
        if "too-many" in codes:
            return f"{NOT_ASKED}: too many fields for a form"
        if part.alternative:
            return f"{NOT_ASKED}: of an alternative that is not asked for"
        return ""

    def _asked(self, operation: Operation, found: Sequence[Field], agreed: Mapping[str, str]) -> Fate:
        """The keys of a part's fields (several where alternatives share it), by platform; one text where all agree,
        which is soon seen where they do so for the whole operation."""
        if len(found) == 1 and _is_asked(found[0]) and (key := agreed.get(found[0].name)):
            return key
        fates: dict[str, str] = {}
        for platform, steps in self.steps.get(operation.operation_id, {}).items():
            fates[platform] = _keys(steps, found)
        told = set(fates.values())
        if "" in told:
            why = next((text for one in found if (text := _why_not_asked(operation, one))), "")
            fates = {platform: keys or why for platform, keys in fates.items()}
            told = set(fates.values())
        return told.pop() if len(told) == 1 else fates

    def _why_no_parameter(self, place: str, name: str, operation: Operation) -> str:
        auths = [scheme for way in self.subject.whole.connections for scheme in way.schemes]
        if any(auth.goes_to(place, name) for auth in auths):
            return "the credential"
        if place == "header" and name.lower() in _OURS:
            return "the credential" if name.lower() == "authorization" else "set by every step itself"
        if place == "querystring":
            if not any(problem.code == "querystring" for problem in self.about.get(operation.operation_id, [])):
                return "asked for as single query parameters"
            return f"{LEFT}a whole query string is no input; additional query parameters take its place"
        return ""

    # Replies and events

    def _responses(self, entry: DeclaredOperation, operation: Operation) -> dict[str, str]:
        known = {response.status.lower(): response for response in reversed(operation.responses)}
        return {
            status: self._response(status, types, known.get(status.lower()), operation)
            for status, types in entry.responses
        }

    def _response(self, status: str, types: Sequence[str], found: Response | None, operation: Operation) -> str:
        if found is None:
            return f"{LEFT}{status!r} is no HTTP status" if not _is_status(status) else ""
        fate = self._reply(found, operation)
        others = [name for name in types if name != found.media_type] if found.ok else []
        return f"{fate}; not asked for: {', '.join(others)}" if others else fate

    def _reply(self, response: Response, operation: Operation) -> str:
        if response.ok or (response.status == "default" and not any(r.ok for r in operation.responses)):
            kind = "the file" if operation.output.binary else "the result"
            return f"{kind} ({response.media_type})" if response.media_type else f"{kind}, without content"
        if response.status == "default":
            return "an error, by its status"
        if response.status[:1] in "13":
            return "an error: no final answer"
        return f"an error: {error_type(self.subject.service, _number(response.status))}"

    def _callback(self, name: str, operation: Operation) -> Fate:
        for trigger in self.subject.service.triggers:
            if trigger.operation_id == operation.operation_id and trigger.event == name:
                return self._platforms(f"trigger:{trigger.event}")
        if operation.job is not None and operation.job.callback == name:
            return "tells the step that its work is done"
        return f"{LEFT}no link of the reply tells how to unsubscribe"

    def events(self) -> list[str]:
        known = [trigger.event for trigger in self.subject.whole.triggers]
        return list(dict.fromkeys([*known, *(" ".join(name.split()) for name in self.subject.inventory.webhooks)]))

    def trigger(self, event: str) -> dict[str, Any]:
        if not any(trigger.event == event for trigger in self.subject.service.triggers):
            dropped = any(trigger.event == event for trigger in self.subject.whole.triggers)
            return {"trigger": event, "platforms": f"{LEFT}{'not selected' if dropped else ''}"}
        return {"trigger": event, "platforms": self._platforms(f"trigger:{event}")}

    def scheme(self, name: str) -> Fate:
        if name in self.subject.service.auth.ids:
            return "the credential"
        if not any(name in auth.ids for auth in self.subject.service.other_auths):
            said = [p.message for p in self.subject.whole.problems if p.code == "auth" and repr(name) in p.message]
            if not said and not any(name in e for o in self.subject.whole.operations for e in o.security or ()):
                return f"{LEFT}no operation asks for it alone"
            return f"{LEFT}{said[0]}" if said else ""
        return {platform: self._other(emission, name) for platform, emission in self.subject.emissions.items()}

    def _other(self, emission: Emission, name: str) -> str:
        for problem in emission.problems:
            if "auth" in problem.code and name in problem.message:
                return f"{LEFT}{problem.message}"
        return "another credential to choose"


def _keys(steps: Sequence[Mapping[str, str]], found: Sequence[Field]) -> str:
    """What a platform's steps call these fields; '' where they ask for none."""
    keys: list[str] = []
    for step in steps:
        for one in found:
            if one.name in step and _is_asked(one):
                keys.append(step[one.name])
    return keys[0] if len(keys) == 1 else ", ".join(dict.fromkeys(keys))


def _is_asked(one: Field) -> bool:
    return one.required or one.visibility != "internal"


def _why_not_asked(operation: Operation, one: Field) -> str:
    rules = operation.pagination
    if rules and one.name in (rules.parameter, rules.size_parameter):
        return "the step turns the pages itself"
    if operation.job and one.name == operation.job.callback_field:
        return "the platform's own callback URL"
    if one.visibility == "internal":
        return "sent as the document fixes it" if one.default is not None else f"{LEFT}internal, as the document says"
    return f"{LEFT}deprecated" if one.deprecated else ""


def _is_sent(body: DeclaredBody, operation: Operation) -> bool:
    """Whether it is the one of the bodies that the step sends."""
    return body.media_type in (operation.media_type or None, "form") or (
        body.media_type == "*/*" and operation.media_type == "application/json"
    )


def _body_fate(body: DeclaredBody, operation: Operation) -> str:
    if _is_sent(body, operation):
        return f"sent as {operation.media_type}"
    if not body.media_type.strip():
        return f"{LEFT}{body.media_type!r} is no media type"
    if not operation.media_type:
        return "" if body.properties else f"{LEFT}there is nothing in it"
    return f"{LEFT}the body is sent as {operation.media_type}"


def _templated(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:] if "}" in part]


def _is_status(status: str) -> bool:
    return status == "default" or (len(status) == 3 and status[:1] in "12345")


def _number(status: str) -> int:
    return int(status.upper().replace("X", "0"))

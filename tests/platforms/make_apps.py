"""Generated Make apps, connected to the emulated services, and forms filled in as a person would."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from specloom.connector.emulator import EmulatorServer
from specloom.generator.make.communication.results import OWN
from specloom.generator.make.components.names import parameter
from specloom.generator.make.emit import emit
from specloom.generator.make.fields.forms import form_names
from specloom.generator.make.fields.schemas import shape
from specloom.generator.platforms import EmitOptions
from specloom.schemas.model import Field, Operation
from tests.platforms.make_emulator.app import MakeApp
from tests.support.make_services import KEYS, service


@cache
def files(key: str) -> Mapping[str, bytes]:
    return emit(service(key), EmitOptions()).files


@cache
def modules(kind: str) -> list[tuple[str, str]]:
    """(service, module) of every module of one type."""
    found = []
    for key in KEYS:
        for name, meta in json.loads(files(key)["makecomapp.json"])["components"]["module"].items():
            if meta["moduleType"] == kind:
                found.append((key, name))
    return found


class Apps:
    """Every app on one emulator; a sleep takes no time, but counts."""

    def __init__(self, **settings: Any) -> None:
        self.server = EmulatorServer([service(key) for key in KEYS], **settings).start()
        self.slept: list[float] = []

    def stop(self) -> None:
        self.server.stop()

    def connected(self, key: str, *, api_key: str = "", static_valid: bool = True, **more: Any) -> MakeApp:
        """The app with a connection. Raises MakeError when the connection's test fails."""
        app = MakeApp(files(key), sleep=self.slept.append, static_valid=static_valid)
        values = {"apiKey": api_key or self.server.key(key), "baseUrl": self.server.base_url(key), **more}
        for server in service(key).servers:
            values.update({parameter(v.name): v.default or "unused.example.com" for v in server.variables})
        app.connect(values)
        return app

    def special(self, key: str, what: str) -> MakeApp:
        """Connected with a good key, which then goes wrong in the way the emulator knows it for."""
        app = self.connected(key)
        app.connection["apiKey"] = service(key).auth.key_prefix + what
        return app

    def calls(self, key: str, operation_id: str) -> list[Any]:
        return self.server.emulator.calls(operation_id, service(key).key)


def operation_of(key: str, module: str) -> Operation:
    found = service(key).operation(module)
    assert found is not None, f"{module} is no operation"
    return found


def natural_inputs(operation: Operation) -> dict[str, Any]:
    """The document's example by Field.name, with what is required and has an example of its own."""
    given = dict(operation.request_examples[0].value) if operation.request_examples else {}
    for field in operation.fields:
        if field.required and not field.when and field.name not in given:
            given[field.name] = field.example if field.example is not None else field.default or "example"
    return given


def filled(operation: Operation, inputs: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The form of a module, filled in with inputs by Field.name."""
    given = natural_inputs(operation) if inputs is None else dict(inputs)
    names = form_names(operation.fields, OWN)
    values = _level(operation.fields, given, names)
    for field in operation.fields:
        if field.location == "selector" and names[field.name] not in values:
            choice = next((c.value for c in field.choices if _chosen(operation, field, c.value, given)), None)
            if choice is not None:
                values[names[field.name]] = choice
    return {**values, "confirm": True} if operation.sensitive else values


def _chosen(operation: Operation, selector: Field, value: Any, given: Mapping[str, Any]) -> bool:
    shown = [f for f in operation.fields if any(c.field == selector.name and value in c.values for c in f.when)]
    return any(field.name in given for field in shown)


def _level(
    fields: Sequence[Field], given: Mapping[str, Any], names: Mapping[str, str], nested: bool = False
) -> dict[str, Any]:
    return {
        names[field.name]: _entered(field, given[field.name], nested)
        for field in fields
        if given.get(field.name) is not None
    }


def file_content(told: Mapping[str, Any]) -> bytes:
    """Of a file {file: name, type, text or base64}."""
    return str(told["text"]).encode() if "text" in told else base64.b64decode(told["base64"])


def _part(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"value": file_content(told), "options": {"filename": told["file"], "contentType": told["type"]}}


def _entered(field: Field, value: Any, nested: bool) -> Any:
    kind = shape(field, nested=nested)
    if kind == "json":
        return json.dumps(value)
    if kind == "pairs":
        return [{"key": key, "value": each} for key, each in value.items()]
    if kind == "files":
        return [_part(one) for one in value]
    if kind == "file" and isinstance(value, Mapping):
        return {"fileName": value["file"], "data": file_content(value)}
    if kind == "file":
        content = base64.b64decode(value) if field.file == "base64" else str(value).encode()
        return {"fileName": "example.bin", "data": content}
    if kind == "collection":
        return _level(field.fields, value, form_names(field.fields), True)
    if kind == "collections":
        return [_level(field.fields, each, form_names(field.fields), True) for each in value]
    return value

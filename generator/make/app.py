"""What the parts of one app share: the service, the names given so far, dynamic options, and what was found out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from specloom.generator.make import iml
from specloom.generator.make.components import names
from specloom.generator.make.components.lint import ComponentReader
from specloom.generator.make.components.parts import FOLDERS, Component, ComponentEntry
from specloom.generator.make.connection import secrets
from specloom.generator.make.connection.emit import base_url, connection_name
from specloom.generator.make.fields.forms import MakeForm, Parts
from specloom.generator.make.fields.interface import Interfaces
from specloom.generator.make.fields.schemas import Search, loses_choices
from specloom.generator.make.fields.values import Inputs, MadeValue, from_form
from specloom.generator.make.text import MakeTexts
from specloom.generator.platforms import Placement
from specloom.schemas.model import Field, Job, Operation, Service
from specloom.schemas.problems import Location, Problem
from specloom.schemas.steps.output import StepOutputs


class App:
    def __init__(self, service: Service, *, gateway: bool = False) -> None:
        self.service = service
        self.entries: dict[str, dict[str, ComponentEntry]] = {kind: {} for kind in FOLDERS}
        """Kind and name of every component added so far."""
        self.files: dict[str, bytes] = {}
        """Path to content of their files."""
        self.interfaces = Interfaces()
        self.complaints: set[str] = set()
        """What the lint has found in the components."""
        self.problems: list[Problem] = []
        self.written: list[Placement] = []
        self.rpcs: dict[str, str] = {}
        """operationId and element paths of dynamic options, to the name of their RPC."""
        self.connection = connection_name(service)
        self.base = base_url(service)
        self.base_signs = all(secrets.taken(o, service.auth) is None for o in service.operations if not o.deprecated)
        """Whether all modules take the whole credential, so that the base carries it."""
        self.gateway = gateway
        """Whether steps may run through one."""
        self.log = {"sanitize": secrets.sanitized(service, gateway)}
        self.oauth = False
        """Whether the connection uses OAuth."""
        self.gives = StepOutputs(service)
        self.routed = False
        """Whether a module runs through the gateway."""
        self.losing_choices = Search(loses_choices)
        """Inputs of which a choice is not offered."""
        self._jobs = {o.job.poll.operation_id: o.job for o in reversed(service.operations) if o.job}
        self._taken: dict[str, set[str]] = {}
        self._said: set[Problem] = set()
        self._parts = Parts()
        self._values: dict[tuple[int, str, int], MadeValue] = {}
        self._reader = ComponentReader(self.entries)
        self._texts = MakeTexts(self._reader)

    @property
    def placed(self) -> dict[str, str]:
        """operationId to the name of its module."""
        return {one.source: one.name for one in self.written if one.kind in ("action", "search")}

    def operation(self, operation_id: str) -> Operation | None:
        return self.service.operation(operation_id)

    def poll_of(self, operation: Operation) -> Operation | None:
        """The operation that tells the state of the work this one starts."""
        return self.operation(operation.job.poll.operation_id) if operation.job else None

    def polled_by(self, operation: Operation) -> Job | None:
        """The job whose state this operation tells, if there is one."""
        return self._jobs.get(operation.operation_id)

    def add(self, component: Component) -> None:
        """Writes and checks the component's files at once, so that of their content only the bytes are kept, and what
        lists share. What the component refers to has been added before it."""
        paths = component.paths(self.oauth)
        meta = {**component.meta, "codeFiles": paths}
        entry = ComponentEntry(component.name, meta, component.resource, component.rank)
        self.entries[component.kind][component.name] = entry
        self.complaints.update(self._reader.component(component.kind, component.name, meta, component.codes))
        for code, path in paths.items():
            self.files[path], complaints = self._texts.of(code, component.codes[code])
            if complaints:
                self.complaints.update(f"{path}: {complaint}" for complaint in complaints)

    def name(self, text: str, kind: str) -> str:
        """A name no other component of its kind has."""
        taken = self._taken.setdefault(kind, set())
        name = names.component(text, taken)
        taken.add(name)
        return name

    def form(self, given: dict[str, str]) -> MakeForm:
        return MakeForm(self.service.title, given, self._remote, self._parts)

    def inputs(self, fields: Sequence[Field], given: Mapping[str, str]) -> Inputs:
        inputs = self.signed(from_form(fields, given))
        inputs.known = self._values
        return inputs

    def signed(self, inputs: Inputs) -> Inputs:
        """With the credential, as far as the base does not carry it."""
        if self.base_signs:
            inputs.cookie = secrets.credential(self.service.auth, "connection")[0].get("Cookie", "")
        else:
            inputs.sign = self.credential
        return inputs

    def whole(self, headers: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """Headers of a request that is no operation's, with the whole credential where the base has none."""
        signed, query = ({}, {}) if self.base_signs else secrets.credential(self.service.auth, "connection")
        return {"headers": {**signed, **headers}, **({"qs": query} if query else {})}

    def credential(self, operation: Operation) -> secrets.CarriedSecrets:
        """What carries the secrets that an operation takes."""
        auth = self.service.auth
        return secrets.credential(auth, "connection", secrets.taken(operation, auth))

    def _remote(self, asked: Field) -> str | None:
        return self.rpcs.get(options_key(asked)) if asked.options else None

    def problem(self, code: str, message: str, operation: Operation | None = None, hint: str = "") -> None:
        place = Location(pointer=operation.pointer, operation=operation.operation_id) if operation else Location()
        found = Problem("warning", code, message, hint, place)
        if found not in self._said:
            self._said.add(found)
            self.problems.append(found)

    def field_report(self, operation: Operation) -> Any:
        """Where a field that Make cannot express is noted."""

        def note(lost: Field, error: iml.Inexpressible) -> None:
            self.problem("make-field", f"Make cannot express the input {lost.name!r}: {error}", operation)

        return note

    def result_report(self, operation: Operation) -> Any:
        def note(key: str, error: iml.Inexpressible) -> None:
            self.problem("make-result", f"Make cannot compute {key!r} of the result: {error}", operation)

        return note


def options_key(asked: Field) -> str:
    options = asked.options
    return f"{options.operation_id} {options.items} {options.value} {options.label}" if options else ""

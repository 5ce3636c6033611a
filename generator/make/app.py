"""What the parts of one app share: the service, the names given so far, dynamic options, and what was found out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from generator import Written
from generator.json_text import indented
from generator.make import iml, names
from generator.make.components import FOLDERS, Component, Entry
from generator.make.connection import base_url, connection_name, credential, sanitized
from generator.make.interface import Interfaces, interface_text, sample_text
from generator.make.lint import Reader
from generator.make.parameters import Form, Specs
from schemas.model import Field, Job, Operation, Service
from schemas.problems import Location, Problem

_WRITERS: Mapping[str, Callable[[Any], bytes]] = {"interface": interface_text, "samples": sample_text}
"""Code types whose files are not simply their JSON."""


class App:
    def __init__(self, service: Service) -> None:
        self.service = service
        self.entries: dict[str, dict[str, Entry]] = {kind: {} for kind in FOLDERS}
        """Kind and name of every component added so far."""
        self.files: dict[str, bytes] = {}
        """Path to content of their files."""
        self.interfaces = Interfaces()
        self.complaints: set[str] = set()
        """What the lint has found in the components."""
        self.problems: list[Problem] = []
        self.written: list[Written] = []
        self.rpcs: dict[str, str] = {}
        """operationId and element paths of dynamic options, to the name of their RPC."""
        self._jobs = {o.job.poll.operation_id: o.job for o in reversed(service.operations) if o.job}
        self._taken: dict[str, set[str]] = {}
        self._said: set[Problem] = set()
        self._specs: Specs = {}
        self._reader = Reader(self.entries)

    def operation(self, operation_id: str) -> Operation | None:
        return self.service.operation(operation_id)

    def poll_of(self, operation: Operation) -> Operation | None:
        """The operation that tells the state of the work this one starts."""
        return self.operation(operation.job.poll.operation_id) if operation.job else None

    def polled_by(self, operation: Operation) -> Job | None:
        """The job whose state this operation tells, if there is one."""
        return self._jobs.get(operation.operation_id)

    @property
    def connection(self) -> str:
        return connection_name(self.service)

    @property
    def base(self) -> str:
        return base_url(self.service)

    @property
    def cookie(self) -> str:
        headers, _ = credential(self.service.auth, "connection")
        return headers.get("Cookie", "")

    @property
    def log(self) -> dict[str, Any]:
        return {"sanitize": sanitized(self.service)}

    def add(self, component: Component) -> None:
        """Writes and checks the component's files at once, so that of their content nothing but bytes is kept. What
        the component refers to has been added before it."""
        paths = {code: component.path(code) for code in component.codes}
        meta = {**component.meta, "codeFiles": paths}
        entry = Entry(component.name, meta, component.resource, component.rank)
        self.entries[component.kind][component.name] = entry
        for code, content in component.codes.items():
            self.files[paths[code]] = _WRITERS.get(code, indented)(content)
        self.complaints.update(
            self._reader.complaints(component.kind, component.name, meta, component.codes, self.files)
        )

    def name(self, text: str, kind: str) -> str:
        """A name no other component of its kind has."""
        taken = self._taken.setdefault(kind, set())
        name = names.component(text, taken)
        taken.add(name)
        return name

    def form(self, given: dict[str, str]) -> Form:
        return Form(self.service.title, given, self._remote, self._specs)

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

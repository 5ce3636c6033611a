"""A first source of a workflow, from choices: what starts it, and which steps it has. It passes `check` as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from specloom.generator.workflows.source.arguments import implied
from specloom.generator.workflows.source.catalogue import Function, catalogue
from specloom.generator.workflows.source.flow import Services
from specloom.generator.workflows.source.schemas import reply_of
from specloom.schemas.model import URL_FIELDS, Field, Operation
from specloom.schemas.problems import SpecloomError


class Sketch:
    """One source in the making."""

    def __init__(self, name: str, start: str, services: Services) -> None:
        self.name, self.start, self.services = name, start, services
        self.inputs: dict[str, dict[str, Any]] = {}
        self.required: list[str] = []
        self.tasks: list[dict[str, Any]] = []
        self.results: dict[str, str] = {}
        """Kind of result to the expression of the newest one."""

    def add(self, step: str) -> None:
        """`service:operationId`, or a function of the catalogue. Raises SpecloomError."""
        service, colon, identity = step.partition(":")
        if colon:
            self._call(service, identity)
        elif step in catalogue():
            self._function(catalogue()[step])
        else:
            hint = f"a step is service:operationId, or one of {', '.join(catalogue())}"
            raise SpecloomError(f"there is no step {step!r}", hint=hint)

    def document(self) -> dict[str, Any]:
        head = {"dsl": "1.0.0", "namespace": "mine", "name": self.name, "version": "1.0.0", "title": _words(self.name)}
        found: dict[str, Any] = {"document": {**head, "summary": "Say here in a sentence what it is for."}}
        found["use"] = {"catalogs": {"specloom": {"endpoint": "specloom://catalogue"}}}
        if self.inputs:
            schema = {"type": "object", "required": self.required, "properties": self.inputs}
            found["input"] = {"schema": {"document": schema}}
        if self.start == "schedule":
            found["schedule"] = {"cron": "0 7 * * *"}
        if self.start == "webhook":
            found["schedule"] = {"on": {"one": {"with": {"type": "io.specloom.webhook"}}}}
        results = {name: expression for name, expression in self.results.items() if name != "file"}
        found["do"] = self.tasks
        return {**found, "output": {"as": results}} if results else found

    def _task(self, wanted: str, body: dict[str, Any]) -> str:
        names = {next(iter(task)) for task in self.tasks}
        name, number = wanted, 2
        while name in names:
            name, number = f"{wanted}{number}", number + 1
        self.tasks.append({name: body})
        return name

    def _call(self, key: str, identity: str) -> None:
        service = self.services.get(key)
        if service is None:
            raise SpecloomError(f"there is no service {key!r}", hint=f"there are: {', '.join(self.services)}")
        operation = service.operation(identity)
        if operation is None or operation.sensitive or operation.deprecated:
            usable = [o.operation_id for o in service.operations if not (o.sensitive or o.deprecated)]
            raise SpecloomError(f"{key} has no operation {identity!r}", hint=f"there are: {', '.join(usable)}")
        given = self._given(operation)
        asked = {"document": {"endpoint": f"specloom://{key}"}, "operationId": identity, "parameters": given}
        name = self._task(identity, {"call": "openapi", "with": asked})
        output = reply_of(service, operation).output
        if output.binary:
            self.results["file"] = "${ . }"
            return
        self.tasks[-1][name]["export"] = {"as": f"${{ $context + {{ {name}: . }} }}"}
        flat = "text" if output.type == "text" else URL_FIELDS.get(output.type, "")
        if flat:
            self.results.pop(flat, None)
            self.results[flat] = f"${{ $context.{name}.{flat} }}"

    def _given(self, operation: Operation) -> dict[str, Any]:
        """Values for what the operation needs: results of steps before, inputs of the start, else an example."""
        found: dict[str, Any] = {}
        for field in operation.fields:
            answered = implied(operation.fields, found)
            counts = all(answered.get(c.field) in c.values for c in field.when)
            if field.required and counts and not field.read_only and field.location != "selector":
                found[field.name] = self._value(field)
        return found

    def _value(self, field: Field) -> Any:
        if field.type == "file" or field.file in ("base64", "binary"):
            hint = "write this step by hand: WRITING.md, section 3"
            raise SpecloomError(f"{field.name!r} takes a file, which has to come from the step before", hint=hint)
        known = next((e for name, e in reversed(self.results.items()) if name.endswith("_url")), None)
        if field.file == "url" and known:
            return known
        if field.name in ("text", "prompt") and "text" in self.results:
            return self.results["text"]
        if self.start in ("form", "webhook") and field.type in ("string", "integer", "number", "boolean"):
            return self._asked(field)
        return _example(field)

    def _asked(self, field: Field) -> str:
        choices = [c.value for c in field.choices] if field.type == "string" and not field.open else []
        rules = {"type": field.type, "title": field.title or _words(field.name), "examples": [_example(field)]}
        self.inputs.setdefault(field.name, rules | ({"enum": choices} if choices else {}))
        if field.name not in self.required:
            self.required.append(field.name)
        return f"${{ $workflow.input.{field.name} }}"

    def _function(self, function: Function) -> None:
        if function.start and self.start not in function.start:
            raise SpecloomError(f"{function.name} goes only with a {' or '.join(function.start)}", hint="see --start")
        newest = next((e for name, e in reversed(self.results.items()) if name != "file"), "Done")
        link = next((e for name, e in reversed(self.results.items()) if name.endswith("_url")), "https://example.com/a")
        values: Mapping[str, Any] = {
            "to": "you@example.com", "subject": _words(self.name), "channel": "#general", "text": newest,
            "sheet": "Results", "columns": ["Prompt"], "url": link, "name": "result", "title": _words(self.name),
            "values": {_words(name): e for name, e in self.results.items() if name != "file"} or {"Result": "Done"},
        }  # fmt: skip
        given = {i.name: "${ . }" if i.type == "file" else values[i.name] for i in function.inputs if i.required}
        if "file" in given and "file" not in self.results:
            raise SpecloomError(f"{function.name} needs a file", hint="put fetch-file before it")
        first, *others = function.name.split("-")
        self._task(first + "".join(map(str.capitalize, others)), {
            "call": f"{function.name}:{function.version}@specloom", "with": given,
        })  # fmt: skip
        self.results.pop("file", None)
        if function.file:
            self.results["file"] = "${ . }"


def _words(name: str) -> str:
    spaced = "".join(f" {c}" if c.isupper() else c for c in name.replace("-", " ").replace("_", " "))
    return " ".join(word[:1].upper() + word[1:] for word in spaced.split())


def _example(field: Field) -> Any:
    if field.example is not None:
        return field.example
    if field.default is not None:
        return field.default
    if field.choices:
        return field.choices[0].value
    plain: dict[str, Any] = {
        "integer": field.minimum or 1,
        "number": field.minimum or 1,
        "boolean": True,
        "array": [],
        "object": {},
    }
    return plain.get(field.type, "https://example.com/file" if field.file == "url" else "an example")


def first_source(name: str, start: str, steps: Sequence[str], services: Services) -> dict[str, Any]:
    """The document of a source. Raises SpecloomError for a step that there is not."""
    sketch = Sketch(name, start, services)
    for step in steps:
        sketch.add(step)
    return sketch.document()

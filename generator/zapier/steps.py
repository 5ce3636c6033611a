"""Creates and searches: one step of a Zap for one operation of the service."""

from __future__ import annotations

from msgspec import Struct

from specloom.generator.output.json_text import Json
from specloom.generator.zapier.fields.dropdowns import Dropdowns, page_size
from specloom.generator.zapier.fields.form import FUNCTION, ZapierForm
from specloom.generator.zapier.fields.outputs import OutputFields
from specloom.generator.zapier.fields.samples import Samples
from specloom.generator.zapier.fields.walk import ADVANCED
from specloom.generator.zapier.plan import WAIT, ZapierPlan, is_slow
from specloom.generator.zapier.text import help_text, label, plain, same_words, singular, title, title_case
from specloom.schemas.memo import cached
from specloom.schemas.model import Operation, Service
from specloom.schemas.steps.output import StepOutput, StepOutputs
from specloom.schemas.text import brief, with_notes

STEP = 28
"""Seconds after which the runtime gives up on a call: Zapier ends a step at 30."""
RESULT = "Get Result"
"""The search for what a slow step started."""
LIMITS: Json = {"step": STEP, "wait": WAIT, "throttle": 60, "pages": 5, "items": 300}


class ZapierStep(Struct, frozen=True):
    """Zapier's definition, what the runtime needs, and where its functions go."""

    definition: Json
    runtime: Json
    bindings: list[Json]
    keys: dict[str, str] = {}
    """Of the form, by Field.name; those of parts of an object begin with its key."""


class ListOutput(Struct, frozen=True):
    """What a step that lists gives, element by element."""

    sample: Json
    fields: list[Json]
    """Zapier's output fields."""
    listing: Json
    """How the runtime tells what is new."""


class StepBuilder(Struct, frozen=True):
    service: Service
    plan: ZapierPlan
    dropdowns: Dropdowns
    samples: Samples
    outputs: OutputFields
    gives: StepOutputs
    deletes: bool = False
    """Whether what deletes is shown: a first version that goes to a review has none."""

    def create(self, operation: Operation, key: str) -> ZapierStep:
        callback = operation.job.callback_field if operation.job else ""
        form, own = self._form(operation, frozenset((callback,)) if callback else frozenset())
        sample, fields = self._output(operation)
        definition = self._definition(operation, key, form, sample, fields)
        if operation.method == "DELETE" and not self.deletes:
            definition["display"]["hidden"] = True
        bindings = [_binding("creates", key, "perform", "create")]
        slow = is_slow(operation)
        if operation.job or slow:
            definition["operation"]["performResume"] = FUNCTION
            bindings.append(_binding("creates", key, "performResume", "resume"))
        runtime: Json = {**_runtime(operation, form, own), **({"slow": True} if slow else {})}
        return ZapierStep(definition, runtime, [*bindings, *field_bindings("creates", key, form)], form.keys)

    def search(self, operation: Operation, key: str) -> ZapierStep:
        form, own = self._form(operation, frozenset())
        runtime = _runtime(operation, form, own)
        sample, fields = self._output(operation)
        if size := page_size(operation):
            runtime["page"] = size["fixed"]
        definition = self._definition(operation, key, form, sample, fields)
        bindings = [_binding("searches", key, "perform", "search"), *field_bindings("searches", key, form)]
        return ZapierStep(definition, runtime, bindings, form.keys)

    def result_search(self, operations: list[Operation], key: str) -> ZapierStep:
        """The search for the result of a step that had to go on without it."""
        first = operations[0]
        title = self.service.title
        fields: list[Json] = [
            {
                "key": "id", "label": "ID", "type": "string", "required": True,
                "helpText": "The Job ID, or else the ID, that the step returned.",
            }
        ]  # fmt: skip
        if len(operations) > 1:
            choices = [
                {"value": o.operation_id, "sample": o.operation_id, "label": label(title_case(o.name), o.operation_id)}
                for o in operations
            ]
            help_ = "Which action returned the ID."
            fields.append(
                {
                    "key": "step",
                    "label": "Action",
                    "type": "string",
                    "required": True,
                    "choices": choices,
                    "helpText": help_,
                }
            )
        sample, shown = self._output(first)
        described = help_text(f"Finds the result of a {title} action that takes long, by the ID it returned")
        definition: Json = {
            "key": key,
            "noun": "Result",
            "display": {"label": RESULT, "description": described},
            "operation": {
                "perform": FUNCTION, "inputFields": fields, "sample": sample,
                "outputFields": shown,
            },
        }  # fmt: skip
        runtime: Json = {"name": RESULT, "own": {}, "inputs": [], "operation": first.operation_id, "result": True}
        return ZapierStep(definition, runtime, [_binding("searches", key, "perform", "result")])

    def _output(self, operation: Operation) -> tuple[Json, list[Json]]:
        """Sample and output fields of a step."""
        gives = self.gives.of(operation)
        if gives.kind != "list":
            sample = self.samples.of_step(operation, gives)
        else:
            sample = self.samples.found(next(iter(self.samples.of_elements(operation, gives)), {"id": "1"}))
        return sample, self.outputs.of(sample, gives.fields, media=_media(operation, gives))

    def watched_output(self, operation: Operation, dedupe: str, when: Json) -> ListOutput:
        """Of the elements of a list that a trigger watches."""
        gives = self.gives.of(operation)
        documented = self.samples.of_elements(operation, gives)
        wanted = [e for e in documented if _meets(e, when)] or documented or [{"id": "1"}]
        sample = self.samples.told(wanted[0], dedupe)
        fields = self.outputs.of(sample, gives.fields, primary="id", media=_media(operation, gives))
        return ListOutput(sample, fields, {"dedupe": dedupe})

    def _definition(self, operation: Operation, key: str, form: ZapierForm, sample: Json, fields: list[Json]) -> Json:
        name = title(operation.name, key)
        told = brief(operation.description or operation.summary or operation.name)
        if same_words(name, told):
            told = f"{told.rstrip('. ')} in {self.service.title}"
        described = help_text(told, *self._notes(operation)) or help_text(f"Calls {self.service.title}")
        shown: Json = {"perform": FUNCTION, "inputFields": form.fields, "sample": sample, "outputFields": fields}
        if form.groups:
            shown["inputFieldGroups"] = form.groups
        return {
            "key": key,
            "noun": label(singular(operation.resource), self.service.title),
            "display": {"label": name, "description": described},
            "operation": shown,
        }

    def _notes(self, operation: Operation) -> list[str]:
        notes = []
        if operation.job and not operation.job.callback_field:
            notes.append(f'Waits up to {WAIT} seconds; what takes longer is found later by "{RESULT}"')
        elif is_slow(operation):
            notes.append(f"Takes about {round(operation.duration or 0)} seconds: connect a gateway, which waits longer")
        if operation.sensitive:
            notes.append("It cannot be undone")
        return notes

    def _poll_name(self, operation: Operation) -> str:
        poll = self.service.operation(operation.job.poll.operation_id) if operation.job else None
        return title_case(poll.name) if poll else RESULT

    def _form(self, operation: Operation, hidden: frozenset[str]) -> tuple[ZapierForm, Json]:
        own, extra = self._own(operation)
        return self.dropdowns.form(operation, hidden, extra), own

    def _own(self, operation: Operation) -> tuple[Json, list[Json]]:
        """Fields that are ours: the confirmation, whether to wait, and the escape hatches."""
        own: Json = {}
        extra: list[Json] = []
        if operation.sensitive:
            own["confirm"] = "confirm"
            extra.append(_confirm(_mints(operation)))
        if operation.job:
            own["wait"] = "wait_for_completion"
            extra.append(_wait(RESULT if is_slow(operation) else self._poll_name(operation)))
        if operation.writes and any(kind in operation.media_type for kind in ("json", "form")):
            own["body"] = "additional_body"
            extra.append(_escape("additional_body", "Additional Body Fields", "the request's body"))
        own["query"] = "additional_query"
        extra.append(query_hatch())
        return own, extra


def _media(operation: Operation, gives: StepOutput) -> str:
    """What the step's files are, or those of its elements."""
    return gives.media[0].type if gives.media else operation.output.type


def _meets(element: object, when: Json) -> bool:
    return isinstance(element, dict) and all(element.get(name) in values for name, values in when.items())


def _runtime(operation: Operation, form: ZapierForm, own: Json) -> Json:
    found: Json = {
        "operation": operation.operation_id,
        "name": plain(operation.name),
        "own": own,
        "inputs": form.inputs,
    }
    if form.dynamic:
        found["dynamic"] = form.dynamic
    return found


def _binding(kind: str, key: str, place: str, run: str) -> Json:
    return {"path": [kind, key, "operation", place], "run": run, "step": f"{kind}.{key}"}


def field_bindings(kind: str, key: str, form: ZapierForm) -> list[Json]:
    """Where the form's conditional fields come from a function."""
    places = [index for index, one in enumerate(form.fields) if one == FUNCTION] if form.dynamic else ()
    return [
        {
            "path": [kind, key, "operation", "inputFields", place],
            "run": "fields", "step": f"{kind}.{key}", "index": index,
        }
        for index, place in enumerate(places)
    ]  # fmt: skip


def _mints(operation: Operation) -> bool:
    return operation.method != "DELETE"


def _confirm(mints: bool) -> Json:
    secret = "A secret it returns stays in this Zap's history" if mints else ""
    help_ = help_text(with_notes("", ["Set to True to run this step; it cannot be undone", secret]))
    return {
        "key": "confirm", "label": "Confirm", "type": "boolean", "required": True, "default": "false",
        "helpText": help_,
    }  # fmt: skip


def _wait(poll_name: str) -> Json:
    help_ = help_text(brief(f'False: the Zap goes on at once, with the ID for a later "{poll_name}"'))
    return {
        "key": "wait_for_completion", "label": "Wait for Completion", "type": "boolean", "required": False,
        "default": "true", "helpText": help_,
    }  # fmt: skip


def query_hatch() -> Json:
    """The field for query parameters the document does not know."""
    return _escape("additional_query", "Additional Query Parameters", "the request's address")


@cached(128)
def _escape(key: str, name: str, where: str) -> Json:
    help_ = f"A JSON object with what this form does not offer; it is added to {where}."
    return {
        "key": key, "label": name, "type": "json", "schema": {"type": "object"}, "helpText": help_, "group": ADVANCED,
    }  # fmt: skip

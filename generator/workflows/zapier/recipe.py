"""The recipe of Webhooks by Zapier: as data, and as the Markdown that a person follows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from specloom.generator.output.json_text import Json
from specloom.generator.output.markdown import code, inline
from specloom.generator.workflows.raw import NoRawPlace
from specloom.generator.workflows.source.catalogue import catalogue, filled
from specloom.generator.workflows.source.check import Checked
from specloom.generator.workflows.source.flow import Producer, Scope
from specloom.generator.workflows.source.model import Call, For, Step, Switch, Task, Wait, walk
from specloom.generator.workflows.zapier.tokens import filled_in
from specloom.generator.workflows.zapier.webhooks import APP, GATEWAY, WebhookSteps, through_gateway
from specloom.generator.workflows.zapier.write import TRIGGERS, Recipe
from specloom.schemas.problems import Problem

_TOKEN = re.compile(r"\{\{(\d+)\.?([^}]*)\}\}")
_PAID = "Webhooks by Zapier, Paths and Zaps of more than two steps need a paid plan of Zapier."
_NOTATION = (
    "`{{2.images.0.url}}` stands for the field images › 0 › url of step 2, to be chosen from the list that the editor "
    'shows; `{{1.style | "none"}}` for the value to take where it is empty (a Formatter step, Text › Default Value).'
)
_QUOTES = "A text that may hold quotation marks or line breaks goes through a Formatter step first (Text › Replace)."


class WrittenRecipe(Struct, frozen=True):
    """One recipe, or what Zapier cannot do of it: then there is no document."""

    document: Json | None = None
    text: str = ""
    problems: tuple[Problem, ...] = ()


def recipe(checked: Checked) -> WrittenRecipe:
    """The recipe of a workflow."""
    steps = WebhookSteps(checked)
    steps.count()
    problems: list[Problem] = []
    found: dict[str, list[Json]] = {}
    for task in walk(checked.workflow.tasks):
        scope = checked.flow.scopes.get(task.name)
        if scope is None:
            continue
        try:
            found[task.name] = _steps(steps, task, scope)
        except NoRawPlace as error:
            hint = "leave it out, or use the recipe with our app only"
            problems.append(Problem("warning", "zapier-webhooks", f"{task.title}: {error}", hint, task.at))
    if problems:
        return WrittenRecipe(problems=tuple(problems))
    workflow = checked.workflow
    document: Json = {"name": workflow.name, "title": workflow.title, "plan": _PAID, "notation": _NOTATION}
    trigger = {"number": 1, "title": "Trigger", "app": _trigger(checked), "fields": _inputs(checked)}
    document["steps"] = [trigger, *(step for listed in found.values() for step in listed)]
    document["steps"].sort(key=lambda step: step["number"])
    return WrittenRecipe(document, WebhookRecipe(checked, steps=steps, found=found).text())


def _trigger(checked: Checked) -> str:
    return TRIGGERS.get(checked.workflow.start.kind, TRIGGERS["webhook"])


def _inputs(checked: Checked) -> Json:
    return {each.name: each.title for each in checked.workflow.start.inputs}


def _steps(steps: WebhookSteps, task: Task, scope: Scope) -> list[Json]:
    if isinstance(task, Call):
        return steps.call(task, scope)
    number = steps.numbers.get(task.name)
    if number is None:
        return []
    found: Json = {"number": number, "title": task.title}
    if isinstance(task, Step):
        entry = catalogue()[task.function].platforms["zapier"]
        inputs = {name: filled_in(value, lambda p: steps.read(p, scope)) for name, value in task.inputs.items()}
        fields = filled(entry["fields"], inputs, lambda own: own)
        return [{**found, "app": entry["app"], "event": entry["action"], "paid": entry["app"] == APP, "fields": fields}]
    if isinstance(task, Wait):
        fields = {"Time Delayed For (value)": f"{task.seconds:g}", "Time Delayed For (unit)": "seconds"}
        return [{**found, "app": "Delay by Zapier", "event": "Delay For", "paid": False, "fields": fields}]
    if isinstance(task, For):
        fields = {"Values to Loop": filled_in(task.items, lambda p: steps.read(p, scope))}
        return [{**found, "app": "Looping by Zapier", "event": "Create Loop From Line Items", "paid": False,
                 "fields": fields}]  # fmt: skip
    if isinstance(task, Switch):
        return [{**found, "app": "Paths", "event": "", "paid": True, "fields": {}}]
    return [{**found, "app": "", "event": "The Zap stops here", "paid": False, "fields": {}}]


class WebhookRecipe(Recipe, kw_only=True):
    steps: WebhookSteps
    found: Mapping[str, list[Json]] = {}

    def _count(self, tasks: Any) -> None:
        self.numbers = self.steps.numbers

    def _before(self) -> None:
        workflow = self.checked.workflow
        self.lines += [_PAID, "", _NOTATION, "", "## Before you start", ""]
        for key in workflow.services:
            service = self.checked.services[key]
            place = code(f"YOUR-{key.upper()}-KEY")
            self.lines.append(f"- Have your {inline(service.title)} key at hand: it goes where {place} is.")
        calls = [t for t in walk(workflow.tasks) if isinstance(t, Call)]
        if any(through_gateway(self.checked.operation(task)) for task in calls):
            self.lines.append(f"- Have a Specloom gateway, whose address goes where {code(GATEWAY)} is, and its key.")
        stock = dict.fromkeys(catalogue()[name].platforms["zapier"]["app"] for name in workflow.functions)
        self.lines += [f"- Connect **{app}**." for app in stock]
        self.lines.append("")

    def _trigger(self) -> None:
        if self.checked.workflow.start.kind != "event":
            return super()._trigger()
        self.lines += [f"## 1. Trigger: {TRIGGERS['webhook']}", ""]
        self.lines += ["Subscribe the address that Zapier shows to the event, once.", ""]
        return None

    def _call(self, task: Call, scope: Scope) -> None:
        for step in self.found[task.name]:
            self.lines += [f"## {step['number']}. {step['title']}", ""]
            self.lines += [f"App **{step['app']}**, event **{step['event']}**.", ""]
            if "fields" in step:
                self.table(("Field", "Value"), {name: code(value) for name, value in step["fields"].items()})
            else:
                self._request(step)
        if note := task.note_on("zapier"):
            self.lines += [f"*{note}*", ""]
        if len(self.found[task.name]) > 1:
            self.lines += ["If the work takes longer than that, make the Delay longer.", ""]

    def failing(self, task: Task) -> list[int]:
        return [s["number"] for s in self.found[task.name] if "request" in s or isinstance(task, Step)]

    def _request(self, step: Json) -> None:
        request = step["request"]
        rows = {"URL": code(request["url"])}
        if step["event"] == "Custom Request":
            rows = {"Method": code(request["method"]), **rows}
        rows |= {f"Query String Params: {name}": code(str(value)) for name, value in request["query"].items()}
        if step["event"] == "POST":
            rows |= {"Payload Type": code("json")}
            rows |= {f"Data: {name}": code(value) for name, value in (request["body"] or {}).items()}
        rows |= {f"Headers: {name}": code(value) for name, value in request["headers"].items()}
        if step["event"] == "Custom Request":
            rows |= {"Headers: Content-Type": code("application/json")}
        self.table(("Field", "Value"), rows)
        if step["event"] == "Custom Request" and request["body"] is not None:
            body = json.dumps(request["body"], indent=2, ensure_ascii=False)
            self.lines += ["Data:", "", "```json", body, "```", "", _QUOTES, ""]

    def _produced(self, producer: Producer, steps: tuple[str | int, ...], path: Any) -> str:
        task = self.tasks.get(producer.name)
        if producer.kind != "task" or not isinstance(task, Call):
            return super()._produced(producer, steps, path)
        found = self.steps.token(producer, steps)
        return _TOKEN.sub(lambda m: f"**{m[1]}. {task.title} › {m[2].replace('.', ' › ')}**", found)

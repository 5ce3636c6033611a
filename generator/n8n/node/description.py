"""The node's parameters: Resource, Operation, and per resource what its operations ask for."""

from __future__ import annotations

from specloom.generator.n8n.fields.choices import in_order
from specloom.generator.n8n.fields.properties import properties
from specloom.generator.n8n.fields.scalars import Property
from specloom.generator.n8n.fields.shared_parameters import together
from specloom.generator.n8n.names import ascii_words, unique
from specloom.generator.n8n.node.steps import N8nStep, ResourceGroup, option
from specloom.generator.n8n.text import label
from specloom.schemas.memo import cached
from specloom.schemas.model import Service

MOST_FIELDS = 100
"""Offered of a reply."""


def resource_parameter(groups: tuple[ResourceGroup, ...]) -> Property:
    """The Resource list."""
    options = []
    for group in groups:
        described = {"description": group.description} if group.description else {}
        options.append({"name": group.name, "value": group.key, **described, **_not_for_agents(group.usual)})
    return {
        "displayName": "Resource",
        "name": "resource",
        "type": "options",
        "noDataExpression": True,
        "options": options,
        "default": options[0]["value"],
    }


def _not_for_agents(step: N8nStep) -> Property:
    """Of a resource whose usual step is sensitive: all of its steps are."""
    return {"displayOptions": {"hide": {"@tool": [True]}}} if step.operation.sensitive else {}


def resource_properties(group: ResourceGroup, service: Service) -> list[Property]:
    """Everything a resource's description file holds: its Operation list, then the operations' parameters."""
    operations = {
        "displayName": "Operation",
        "name": "operation",
        "type": "options",
        "noDataExpression": True,
        "displayOptions": {"show": {"resource": [group.key]}},
        "options": [option(step) for step in group.steps],
        "default": group.usual.key,
    }
    places = together((step.key, step_properties(step, service)) for step in group.steps)
    chosen = {"resource": [group.key]}
    return [operations, *(shown(p.parameter, {"show": {**chosen, "operation": p.operations}}) for p in places)]


def shown(found: Property, chosen: Property) -> Property:
    """The property with the condition that its operation is chosen, in n8n's usual key order."""
    own = found.get("displayOptions")
    options = {"displayOptions": {"show": {**chosen["show"], **own.get("show", {})}} if own else chosen}
    head: Property = {key: found[key] for key in ("displayName", "name", "type", "required") if key in found}
    return {**head, **options, **found, **options}


def step_properties(step: N8nStep, service: Service) -> list[Property]:
    """The parameters of one operation in the order people read them: inputs, what to do with the result, extras."""
    direct = properties(step.layout, service.title)
    extras = [direct.pop()] if step.layout.more else []
    operation = step.operation
    confirm = [_CONFIRM] if operation.sensitive else []
    paging = _PAGING if step.gives.kind == "list" else ()
    result = _result(_waiting(step), step.downloads, operation.output.binary)
    shown = () if operation.output.binary else (_OUTPUT, _fields(step.gives.names))
    return [*confirm, *direct, *paging, *result, *shown, *extras, _options(step)]


_CONFIRM: Property = {
    "displayName": "Confirm",
    "name": "confirm",
    "type": "boolean",
    "required": True,
    "default": False,
    "description": "Whether you really mean it. This makes, replaces or removes a secret or data, "
                   "and cannot be undone.",
}  # fmt: skip
_PAGING: tuple[Property, ...] = (
    {
        "displayName": "Return All",
        "name": "returnAll",
        "type": "boolean",
        "default": False,
        "description": "Whether to return all results or only up to a given limit",
    },
    {
        "displayName": "Limit",
        "name": "limit",
        "type": "number",
        "displayOptions": {"show": {"returnAll": [False]}},
        "typeOptions": {"minValue": 1},
        "default": 50,
        "description": "Max number of results to return",
    },
)


def _waiting(step: N8nStep) -> str:
    """What the step says of its work at once: the ID of what it begins, the state of what another one has begun."""
    return "ID" if step.operation.job is not None else "state" if step.starter is not None else ""


@cached(128)
def _result(waiting: str, downloads: bool, binary: bool) -> list[Property]:
    """What to do with the result: the same for all operations of a kind."""
    found: list[Property] = []
    job = waiting == "ID"
    if waiting:
        text = f"Whether to wait until the work is done. Otherwise the step returns its {waiting} at once."
        found.append(_flag("Wait for Completion", "waitForCompletion", text, job))
    shown: Property = {}
    if downloads:
        text = "Whether to put the result's files into binary fields"
        needs = {"waitForCompletion": [True]} if job else {}
        flag = _flag("Download Result", "downloadResult", text, False)
        found.append({**flag, **({"displayOptions": {"show": needs}} if needs else {})})
        shown = {"displayOptions": {"show": {**needs, "downloadResult": [True]}}}
    if downloads or binary:
        found.append({
            "displayName": "Put Output File in Field",
            "name": "binaryProperty",
            "type": "string",
            "required": True,
            **shown,
            "default": "data",
            "hint": "The name of the output binary field to put the file in",
        })  # fmt: skip
    return found


_OUTPUT: Property = {
    "displayName": "Output",
    "name": "output",
    "type": "options",
    "options": [
        {"name": "Simplified", "value": "simple", "description": "What is mapped most, in at most ten fields"},
        {"name": "Raw", "value": "raw", "description": "The reply as it came"},
        {"name": "Selected Fields", "value": "fields", "description": "Only the fields chosen below"},
    ],
    "default": "simple",
    "description": "What of the reply to return",
}


@cached(4096)
def _fields(names: tuple[str, ...]) -> Property:
    """Which fields to return. Any other one, and one inside an object, is named by an expression."""
    told: set[str] = set()
    options = []
    for name in names[:MOST_FIELDS]:
        if name.startswith("="):
            continue
        shown = unique(label(" ".join(ascii_words(name)) or name, name), told, " ")
        told.add(shown)
        options.append({"name": shown, "value": name})
    rest: Property = {
        "displayOptions": {"show": {"output": ["fields"]}},
        "description": "Names of the fields to return; dots lead into objects",
    }
    if not options:
        return {"displayName": "Fields", "name": "fields", "type": "string", **rest, "default": "",
                "placeholder": "id,name,owner.email"}  # fmt: skip
    return {"displayName": "Fields", "name": "fields", "type": "multiOptions", **rest,
            "options": in_order(options, "name"), "default": []}  # fmt: skip


def _flag(display: str, name: str, text: str, default: bool) -> Property:
    return {
        "displayName": display, "name": name, "type": "boolean", "default": default, "description": text,
    }  # fmt: skip


def _options(step: N8nStep) -> Property:
    operation = step.operation
    job = operation.job or (step.starter.job if step.starter else None)
    waits = None if job is None else (job.interval, job.timeout)
    several = step.gives.kind == "result" and operation.output.items is not None
    return _extras(operation.writes and bool(operation.media_type), waits, several)


@cached(256)
def _extras(body: bool, waits: tuple[float, float] | None, several: bool) -> Property:
    """The same for all operations of a kind. `waits`: interval and time-out of jobs; `several`: it may make more than
    one thing at a time."""
    interval, timeout = waits or (None, 300)
    found: list[Property] = [_items_at_once(10 if waits else 5)]
    if several:
        text = "Whether to return each thing that was made as an item of its own"
        found.append(_flag("One Item per Result", "onePerResult", text, False))
    if body:
        text = "A JSON object that is merged into the request's body, for fields this node does not offer"
        found.append(_json("Additional Body (JSON)", "additionalBody", text))
    text = "A JSON object of query parameters that are sent as well"
    found.append(_json("Additional Query (JSON)", "additionalQuery", text))
    if interval is not None:
        found.append(_seconds("Polling Interval (Seconds)", "interval", interval,
                              "How long to wait between two looks at the work", 0.05))  # fmt: skip
    found.append(_seconds("Timeout (Seconds)", "timeout", timeout, "After how long to stop waiting", 1))
    found.append({
        "displayName": "Use Gateway",
        "name": "gateway",
        "type": "options",
        "options": [
            {"name": "Always", "value": "always"},
            {"name": "For Slow Steps", "value": "slow"},
            {"name": "Never", "value": "never"},
        ],
        "default": "slow",
        "description": "Whether the step runs through the Specloom gateway of the credential, if it names one",
    })  # fmt: skip
    return {
        "displayName": "Options",
        "name": "options",
        "type": "collection",
        "placeholder": "Add Option",
        "default": {},
        "options": in_order(found, "displayName"),
    }


def _items_at_once(usual: int) -> Property:
    return {
        "displayName": "Items at Once",
        "name": "itemsAtOnce",
        "type": "number",
        "typeOptions": {"minValue": 1, "maxValue": 100, "numberPrecision": 0},
        "default": usual,
        "description": "How many items are worked on side by side",
    }


def _json(display: str, name: str, text: str) -> Property:
    return {"displayName": display, "name": name, "type": "json", "default": "{}", "description": text}


def _seconds(display: str, name: str, default: float, text: str, least: float) -> Property:
    value = int(default) if float(default).is_integer() else default
    return {
        "displayName": display,
        "name": name,
        "type": "number",
        "typeOptions": {"minValue": least},
        "default": value,
        "description": text,
    }


def authentication(choices: list[tuple[str, str]]) -> list[Property]:
    """The Authentication list, where the service has several kinds: (value, name) each."""
    if len(choices) < 2:
        return []
    names: set[str] = set()
    options = []
    for value, name in choices:
        shown = unique(label(name), names, " ")
        names.add(shown)
        options.append({"name": shown, "value": value})
    return [{
        "displayName": "Authentication",
        "name": "authentication",
        "type": "options",
        "options": in_order(options, "name"),
        "default": choices[0][0],
    }]  # fmt: skip

"""What Zapier's checks and reviewers look at, asked of an app's definition. Each check gives what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from specloom.generator.zapier import lint
from specloom.generator.zapier.fields.groups import LARGE
from specloom.generator.zapier.text import same_words, singular, title_case
from specloom.schemas.model import Service
from specloom.schemas.text import MAX_HELP

Definition = Mapping[str, Any]
OF_THE_DOCUMENT = {
    "D001": "declare it as a security scheme, or keep the operation out: it asks for a secret in the step",
    "D002": "say where the key is found: externalDocs, or the scheme's description",
    "D004": "name the list to choose from with x-specloom.options: the document links none",
    "D017": "describe subscribing with callbacks: the webhook has to be entered by hand",
    "D023": "write the example's date in ISO 8601, with its zone",
}
"""Checks whose findings only the document's author can mend, and how."""


def opened(files: Mapping[str, bytes]) -> Definition:
    found: Definition = json.loads(files["definition.json"])
    return found


def steps(app: Definition) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for kind in ("triggers", "searches", "creates"):
        for key, step in app[kind].items():
            if not step["display"].get("hidden"):
                yield kind, key, step


def inputs(app: Definition) -> Iterator[tuple[str, dict[str, Any]]]:
    for _, key, step in steps(app):
        for one in step["operation"].get("inputFields", ()):
            if isinstance(one, dict):
                yield key, one
                yield from ((key, child) for child in one.get("children", ()))


def server_checks(app: Definition, service: Service) -> Iterator[str]:
    for finding in lint.check(dict(app)):
        if finding.code not in OF_THE_DOCUMENT:
            yield f"{finding.code} {finding.place}: {finding.message}"


def sentences(app: Definition, service: Service) -> Iterator[str]:
    for kind, key, step in steps(app):
        name, told = step["display"]["label"], step["display"]["description"]
        if title_case(name) != name or same_words(name, told) or not told[:1].isupper() and told[:1].isalpha():
            yield f"{kind}.{key}: {name} / {told}"
        if told[-1] not in ".!?…:":
            yield f"{kind}.{key}: {told}"


def nouns_are_singular(app: Definition, service: Service) -> Iterator[str]:
    yield from (f"{key}: {step['noun']}" for _, key, step in steps(app) if singular(step["noun"]) != step["noun"])


def creates_return_records(app: Definition, service: Service) -> Iterator[str]:
    for key, step in app["creates"].items():
        operation = service.operation(next((o.operation_id for o in service.operations if o.operation_id == key), ""))
        told = operation and any(one.fields or one.type != "object" for one in operation.output.fields)
        if told and list(step["operation"]["sample"]) == ["success"]:
            yield key


def deletes_are_hidden(app: Definition, service: Service) -> Iterator[str]:
    deleting = {o.operation_id for o in service.operations if o.method == "DELETE"}
    yield from (key for key, step in app["creates"].items() if key in deleting and not step["display"].get("hidden"))


def pairs_fit(app: Definition, service: Service) -> Iterator[str]:
    for key, pair in app["searchOrCreates"].items():
        search, create = app["searches"].get(pair["search"]), app["creates"].get(pair["create"])
        if key != pair["search"] or search is None or create is None or create["display"].get("hidden"):
            yield key
            continue
        asked, made = (
            {f["key"] for f in s["operation"]["inputFields"] if isinstance(f, dict)} for s in (search, create)
        )
        if not asked & made:
            yield f"{key}: nothing by which both know a thing"


def help_is_short(app: Definition, service: Service) -> Iterator[str]:
    for key, one in inputs(app):
        text = one.get("helpText", "")
        if len(text) > MAX_HELP or "Not documented by" in text or (text and same_words(one["label"], text)):
            yield f"{key}.{one['key']}: {text}"
        if text.removeprefix("At most ").removesuffix(" characters.").isdigit() and len(text) > 24:
            yield f"{key}.{one['key']}: {text}"


def json_is_json(app: Definition, service: Service) -> Iterator[str]:
    for key, one in inputs(app):
        if "(JSON)" in one.get("label", "") or one.get("schema") and one.get("type") != "json":
            yield f"{key}.{one['key']}"


def forms_are_grouped(app: Definition, service: Service) -> Iterator[str]:
    for kind, key, step in steps(app):
        fields = [one for one in step["operation"].get("inputFields", ()) if isinstance(one, dict)]
        known = {group["key"] for group in step["operation"].get("inputFieldGroups", ())}
        used = {one["group"] for one in fields if "group" in one}
        if used - known:
            yield f"{kind}.{key}: {sorted(used - known)} is no group"
        loose: dict[str, int] = {}
        for one in fields:
            if "group" not in one and not one.get("required") and ": " in one["label"]:
                head = one["label"].partition(": ")[0]
                loose[head] = loose.get(head, 0) + 1
        if len(fields) > 2 * LARGE and max(loose.values(), default=0) > LARGE:
            yield f"{kind}.{key}: {max(loose, key=lambda name: loose[name])} is spread over the form"


def searches_stand_beside_dropdowns(app: Definition, service: Service) -> Iterator[str]:
    for key, one in inputs(app):
        search = one.get("search", "").partition(".")[0]
        if search and (search not in app["searches"] or not one.get("dynamic")):
            yield f"{key}.{one['key']}"


CHECKS: dict[str, Callable[[Definition, Service], Iterator[str]]] = {
    check.__name__: check
    for check in (
        server_checks, sentences, nouns_are_singular, creates_return_records, deletes_are_hidden, pairs_fit,
        help_is_short, json_is_json, forms_are_grouped, searches_stand_beside_dropdowns,
    )
}  # fmt: skip

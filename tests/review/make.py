"""What Make's reviewers look at, asked of an app's files. Each check gives what is wrong, place by place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from specloom.schemas.model import Service
from specloom.schemas.text import MAX_HELP, same_words, sentence_case

Files = Mapping[str, Any]
OWN = ("getResult", "makeApiCall")
RANKS = ("instant_trigger", "trigger", "search", "action", "responder", "universal")


def opened(files: Mapping[str, bytes]) -> Files:
    return {path: json.loads(text) if path.endswith(".json") else text.decode() for path, text in files.items()}


def modules(files: Files) -> dict[str, Any]:
    found: dict[str, Any] = files["makecomapp.json"]["components"]["module"]
    return found


def code(files: Files, module: Mapping[str, Any], kind: str) -> Any:
    return files[module["codeFiles"][kind]] if kind in module["codeFiles"] else []


def requests(files: Files) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, module in modules(files).items():
        steps = code(files, module, "communication")
        for step in steps if isinstance(steps, list) else [steps]:
            yield name, step


def parameters(files: Files) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, module in modules(files).items():
        for kind in ("staticParams", "mappableParams"):
            yield from ((name, asked) for asked in code(files, module, kind))


def connection(files: Files, kind: str) -> Any:
    (found,) = files["makecomapp.json"]["components"]["connection"].values()
    return files[found["codeFiles"][kind]]


def credentials_only(files: Files, service: Service) -> Iterator[str]:
    slow = any(o.job or (o.duration or 0) > 20 for o in service.operations)
    names = [asked["name"] for asked in connection(files, "params")]
    if not slow:
        yield from (name for name in names if name.startswith("gateway"))
    elif names[-2:] != ["gatewayUrl", "gatewayKey"]:
        yield "the gateway is not asked for last"


def own_labels_in_sentence_case(files: Files, service: Service) -> Iterator[str]:
    for name, module in modules(files).items():
        if name in OWN and sentence_case(module["label"]) != module["label"]:
            yield f"{name}: {module['label']}"
    for name, asked in parameters(files):
        if sentence_case(asked["label"]) != asked["label"] and any(w[:1].islower() for w in asked["label"].split()):
            yield f"{name}: {asked['label']}"


def universal_is_relative(files: Files, service: Service) -> Iterator[str]:
    (module,) = [m for m in modules(files).values() if m["moduleType"] == "universal"]
    if not code(files, module, "communication")["url"].startswith("/{{"):
        yield "its address may be absolute"


def limits_are_optional(files: Files, service: Service) -> Iterator[str]:
    for name, module in modules(files).items():
        if module["moduleType"] in ("search", "trigger"):
            limit = [asked for asked in code(files, module, "mappableParams") if asked["name"] == "limit"]
            limit += [asked for asked in code(files, module, "staticParams") if asked["name"] == "limit"]
            if not limit or any(asked.get("required") for asked in limit):
                yield f"{name}: its limit is missing or required"
            if "limit" not in code(files, module, "communication")["response"]:
                yield f"{name}: its request keeps to no limit"


def choices_are_limited(files: Files, service: Service) -> Iterator[str]:
    for name, rpc in files["makecomapp.json"]["components"]["rpc"].items():
        if not isinstance(files[rpc["codeFiles"]["communication"]]["response"].get("limit"), int):
            yield name


def triggers_first(files: Files, service: Service) -> Iterator[str]:
    known = modules(files)
    for group in files["modules/groups.json"]:
        kinds = [min(RANKS.index(known[name]["moduleType"]), 1e9) for name in group["modules"]]
        triggers = [kind < 2 for kind in kinds]
        if triggers != sorted(triggers, reverse=True):
            yield group["label"]


def interface_agrees_with_form(files: Files, service: Service) -> Iterator[str]:
    for name, module in modules(files).items():
        if name in OWN or module["moduleType"] not in ("action", "search"):
            continue
        own = ("limit", "confirm", "waitForCompletion", "additionalBody", "additionalQuery")
        asked = {p["name"]: p["label"] for p in code(files, module, "mappableParams") if p["name"] not in own}
        given = {line["name"]: line["label"] for line in code(files, module, "interface") if line["name"] in asked}
        if list(given) != [each for each in asked if each in given]:
            yield f"{name}: another order"
        yield from (f"{name}: {each}" for each, label in given.items() if label != asked[each])


def secrets_are_sanitized(files: Files, service: Service) -> Iterator[str]:
    base = files["general/base.iml.json"]
    hidden = set(base["log"]["sanitize"])
    for place in ("headers", "qs"):
        for name, value in base.get(place, {}).items():
            bare = name.lower() if place == "headers" else name
            if "connection." in value and not {f"request.{place}.{bare}", f"request.{place}.`{bare}`"} & hidden:
                yield f"{place} {name}"
    yield from (name for name, step in requests(files) if step.get("url") and not step.get("log", {}).get("sanitize"))


def oauth_has_info(files: Files, service: Service) -> Iterator[str]:
    written = connection(files, "communication")
    testable = service.connection is not None and not service.connection.raw_body
    if "token" in written and testable and service.connection and "info" not in written:
        if not any(status[:1] == "4" for status in service.connection.valid):
            yield "nothing says whose it is"
    if "info" in written and service.connection and service.connection.label:
        if "metadata" not in written["info"]["response"]:
            yield "its info has no metadata"


def reads_send_no_body(files: Files, service: Service) -> Iterator[str]:
    for name, step in requests(files):
        if step.get("method") == "GET" and "body" in step and not step["body"]:
            yield name


def help_is_short(files: Files, service: Service) -> Iterator[str]:
    places = [*parameters(files), *(("connection", asked) for asked in connection(files, "params"))]
    for name, asked in places:
        text = asked.get("help", "")
        if len(text) > MAX_HELP + 1 or "Not documented by" in text or (text and same_words(text, asked["label"])):
            yield f"{name}.{asked['name']}: {text}"


CHECKS: dict[str, Callable[[Files, Service], Iterator[str]]] = {
    check.__name__: check
    for check in (
        credentials_only, own_labels_in_sentence_case, universal_is_relative, limits_are_optional,
        choices_are_limited, triggers_first, interface_agrees_with_form, secrets_are_sanitized, oauth_has_info,
        reads_send_no_body, help_is_short,
    )
}  # fmt: skip

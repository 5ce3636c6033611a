"""The recipes of "Webhooks by Zapier", read as data: what they send is what n8n's flavour without our node sends."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from typing import Any

import pytest

from specloom.generator.workflows.source.model import Call, walk
from specloom.generator.workflows.source.services import address, services
from tests import ROOT
from tests.generator.workflows.workflow_sources import NAMES, checked, template
from tests.platforms import toolchain

Json = dict[str, Any]
SCRIPT = ROOT / "tests" / "platforms" / "js" / "n8n_requests.cjs"
TOKEN = re.compile(r"\{\{(.*?)\}\}")
GATEWAY = "https://your-gateway.example.com/"


@cache
def recipe(name: str) -> Json:
    found: Json = json.loads(template(name).files[f"zapier/{name}.webhooks.json"])
    return found


@cache
def n8n(name: str) -> dict[str, Json]:
    """What each HTTP Request node sends."""
    document = template(name).files[f"n8n/{name}.http.json"]
    done = subprocess.run([toolchain.node(), SCRIPT], input=document, capture_output=True, check=True, timeout=60)
    found = {sent["name"]: sent for sent in json.loads(done.stdout)}
    for sent in found.values():  # only n8n can be called back by the service
        sent["body"] = sent["body"] and {k: v for k, v in sent["body"].items() if "resumes the run" not in str(v)}
    return found


def n8n_name(step: Json, steps: list[Json]) -> str:
    """The node that does what a step of the recipe does: a job is begun, and looked for."""
    if f"Start: {step['title']}" in [s["title"] for s in steps] and "/jobs/" not in step.get("request", {}).get(
        "url", ""
    ):
        return f"Status: {step['title']}"
    return str(step["title"])


def value(given: Any, names: dict[str, str]) -> Any:
    """A value of the recipe with fields written as the script writes them."""
    if isinstance(given, dict):
        return {key: value(each, names) for key, each in given.items()}
    if isinstance(given, list):
        return [value(each, names) for each in given]
    return TOKEN.sub(lambda found: f"«{_alternatives(found[1], names)}»", given) if isinstance(given, str) else given


def _alternatives(token: str, names: dict[str, str]) -> str:
    return "|".join(_one(part.strip(), names) for part in token.split(" | "))


def _one(part: str, names: dict[str, str]) -> str:
    number, _, path = part.partition(".")
    if number in names and not part.startswith('"') and path:
        return f"{names[number]}.{path}"
    constant = json.loads(part)
    return constant if isinstance(constant, str) else json.dumps(constant)


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_sends_what_the_n8n_flavour_sends(name: str) -> None:
    steps = recipe(name)["steps"]
    names = {str(step["number"]): n8n_name(step, steps) for step in steps} | {"1": "1"}
    sent = n8n(name)
    compared = 0
    for step in steps:
        request = step.get("request")
        if request is None or request["url"].startswith(f"{GATEWAY}jobs/"):
            continue
        title = names[str(step["number"])]
        wanted = sent.get(title) or sent[title.removeprefix("Start: ")]
        method, url = request["method"], value(request["url"], names)
        if url.startswith(f"{GATEWAY}run/"):
            method, url, body = through_the_gateway(url, value(request["body"], names))
        else:
            body = value(request["body"], names)
        assert (method, url, body) == (wanted["method"], wanted["url"], wanted["body"]), title
        compared += 1
    calls = [task for task in walk(checked(name).workflow.tasks) if isinstance(task, Call)]
    assert compared >= len(calls) > 0


def through_the_gateway(url: str, inputs: Json) -> tuple[str, str, Json | None]:
    """The vendor's request that the gateway makes of a call of /run: flat inputs, each at its place."""
    _, _, key, identity = url.removeprefix("https://").split("/")
    service = services()[key]
    operation = service.operation(identity)
    assert operation is not None
    path, body = operation.path, {}
    for field in operation.fields:
        if field.location == "path" and field.name in inputs:
            path = path.replace(f"{{{field.pointer}}}", inputs[field.name])
        elif field.location == "body" and field.name in inputs:
            body[field.pointer.removeprefix("/")] = inputs[field.name]
    return operation.method, address(service) + path, body or None


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_names_its_steps_its_keys_and_what_is_paid_for(name: str) -> None:
    steps = recipe(name)["steps"]
    assert [step["number"] for step in steps] == list(range(1, len(steps) + 1))
    text = template(name).files[f"zapier/{name}.webhooks.md"].decode()
    for step in steps[1:]:
        assert f"## {step['number']}. {step['title']}" in text
        assert step["paid"] is (step["app"] in ("Webhooks by Zapier", "Paths"))
        request = step.get("request")
        if request is None:
            continue
        assert step["event"] in ("GET", "POST", "Custom Request")
        keys = [v for n, v in request["headers"].items() if n != "Prefer"]
        assert keys and all(re.fullmatch(r"(?:[A-Za-z]+ )?YOUR-[A-Z0-9]+-KEY", each) for each in keys)
    assert "paid plan" in text and "private app" not in text


def test_every_field_that_a_recipe_maps_is_of_a_step_before() -> None:
    for name in NAMES:
        for step in recipe(name)["steps"]:
            for token in TOKEN.findall(json.dumps({k: v for k, v in step.items() if k != "number"})):
                for number in re.findall(r"(?:^|\| )(\d+)\.", token):
                    looks = step["app"] == "Filter by Zapier"
                    assert int(number) < step["number"] or looks, (name, step["title"])


def test_the_error_path_is_told_for_every_request_that_can_fail() -> None:
    text = template("music-on-demand").files["zapier/music-on-demand.webhooks.md"].decode()
    assert "## If one of the steps 2, 4, 6 fails" in text and "the error's status" in text

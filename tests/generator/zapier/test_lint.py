"""The checks of Zapier's server, as we make them: they hold for the bundled services, and each finds its fault."""

from __future__ import annotations

import re
from typing import Any

import pytest

from specloom.generator.platforms import EmitOptions
from specloom.generator.zapier import lint
from specloom.generator.zapier.emit import emit
from specloom.generator.zapier.fields.form import FUNCTION
from specloom.schemas.load import bundled, load
from specloom.schemas.model import Field, Trigger
from tests.generator.zapier.test_emit import definition, operation, service

Json = dict[str, Any]


@pytest.mark.parametrize("key", sorted(bundled()))
def test_the_server_side_checks_hold(key: str) -> None:
    loaded = load(bundled()[key]).service
    findings = lint.check(definition(emit(loaded, EmitOptions())))
    # No list of organizations or keys exists from which one could be chosen.
    assert [f for f in findings if not (f.code == "D004" and re.search(r"\.(orgId|keyId)$", f.place))] == []


def sound() -> Json:
    listing = operation(
        Field(name="q", location="query", pointer="q"),
        operation_id="findThings",
        name="Find Things",
        method="GET",
        media_type="",
    )
    hook = Trigger(event="fell", name="Thing Fell", description="Triggers when a thing falls.", delivery="webhook",
                   operation_id="hookUp", url_field="url", samples=({"id": "1"},))  # fmt: skip
    subscribe = operation(Field(name="url"), operation_id="hookUp")
    return definition(emit(service(operation(Field(name="x")), listing, subscribe, triggers=(hook,)), EmitOptions()))


def spoiled(path: str, value: Any) -> list[str]:
    app = sound()
    *inner, last = path.split("/")
    place: Any = app
    for name in inner:
        place = place[int(name) if name.isdigit() else name]
    if value is None:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return sorted({finding.code for finding in lint.check(app)})


MAKE, FIND, FELL = "creates/makeThing/", "searches/findThings/", "triggers/fell/"
INPUT = MAKE + "operation/inputFields/0"
SPOILED = [
    (INPUT, {"key": "api_key", "label": "K"}, "D001"),
    ("authentication/connectionLabel", "", "D003"),
    ("authentication/fields/0/helpText", "look for it", "D002"),
    (INPUT, {"key": "user_id", "label": "U"}, "D004"),
    (INPUT, {"key": "x", "label": "X", "dynamic": "nothing.id.name"}, "D005"),
    (INPUT, {"key": "x", "label": "X", "search": "nothing.id", "dynamic": "fell.id"}, "D013"),
    (INPUT, {"key": "x", "label": "X", "search": "findThings.id"}, "D014"),
    (INPUT, {"key": "x", "label": "The size", "helpText": "the Size."}, "D011"),
    (INPUT, {"key": "x", "label": "X", "helpText": "See https://a.example.com"}, "D008"),
    (INPUT, {"key": "x", "label": "X", "helpText": "[x](javascript:alert)"}, "D025"),
    ("authentication/fields/1/default", "http://a.example.com", "D007"),
    (FELL + "operation/performList", None, "D006"),
    (FIND + "operation/inputFields", [FUNCTION], "D009"),
    (MAKE + "operation/inputFields", [FUNCTION], "D022"),
    (MAKE + "operation/sample", None, "D012"),
    ("searchOrCreates/x", {"search": "nothing", "create": "makeThing"}, "D015"),
    (MAKE + "display/label", "make a thing", "D018"),
    (FELL + "display/description", "When a thing falls", "D021"),
    (MAKE + "operation/sample/at", "01 Aug 2023", "D023"),
    (MAKE + "operation/sample/at", "2023-08-01T06:50:30", "D023"),
    (MAKE + "operation/outputFields", [{"key": "id", "type": "integer", "required": True}], "D024"),
    (MAKE + "operation/outputFields", [{"key": "success", "type": "string"}], "D024"),
    (MAKE + "operation/sample/x", {"require": "fs"}, "X001"),
]  # fmt: skip


def test_the_sound_app_has_only_its_one_flaw() -> None:
    # A subscription without an end; the rest is in order.
    assert sorted({finding.code for finding in lint.check(sound())}) == ["D017"]


@pytest.mark.parametrize(("path", "value", "code"), SPOILED)
def test_each_check_finds_its_fault(path: str, value: Any, code: str) -> None:
    assert code in spoiled(path, value)


def test_polling_samples_need_an_id() -> None:
    app = sound()
    app["triggers"]["fell"]["operation"] = {"type": "polling", "perform": FUNCTION, "sample": {"name": "x"}}
    assert "D010" in {finding.code for finding in lint.check(app)}


def test_an_app_of_one_static_hook() -> None:
    hook = Trigger(
        event="fell", name="Fell", description="Triggers when it falls.", delivery="webhook", samples=({"id": "1"},)
    )
    emission = emit(service(triggers=(hook,)), EmitOptions())
    assert {"zapier-d016", "zapier-d017"} <= {problem.code for problem in emission.problems}
    assert "Copy the URL" in definition(emission)["triggers"]["fell"]["display"]["directions"]


def test_many_static_hooks_are_one_problem_and_each_in_the_account() -> None:
    hooks = tuple(
        Trigger(event=f"fell_{n}", name=f"Fell {n}", description="Triggers when it falls.", delivery="webhook",
                samples=({"id": "1"},))
        for n in range(40)
    )  # fmt: skip
    emission = emit(service(operation(Field(name="x")), triggers=hooks), EmitOptions())
    (problem,) = [problem for problem in emission.problems if problem.code == "zapier-d017"]
    assert problem.message.startswith("triggers.fell_0, triggers.fell_1, triggers.fell_2 and 37 more: a static webhook")
    assert [one.source for one in emission.written if one.kind == "trigger"] == [f"trigger:fell_{n}" for n in range(40)]

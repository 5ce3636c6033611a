"""What the Zapier emitter writes, looked at as data; what runs is in tests/platforms/test_zapier_*.py."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from generator import Emission, EmitOptions
from generator.zapier import lint
from generator.zapier.emit import emit
from generator.zapier.form import FUNCTION, FormBuilder
from generator.zapier.keys import Keys, field_key, step_key
from generator.zapier.samples import harmless, output_fields
from generator.zapier.texts import help_text, label, markdown, plain, title_case
from schemas.load import bundled, load
from schemas.model import (
    Auth,
    Choice,
    Condition,
    Example,
    Field,
    Operation,
    Output,
    Response,
    Server,
    ServerVariable,
    Service,
    Trigger,
)  # fmt: skip

Json = dict[str, Any]
HOSTILE = (
    "{{bundle.authData.api_key}} ${process.env} <script>alert(1)</script> [x](javascript:alert(1)) `'\"\\ \u2028"
    " ](http://evil.example.com) http://bare.example.com \x00 *b* $func$2$f$"
)


def definition(emission: Emission) -> Json:
    return dict(json.loads(emission.files["definition.json"]))


def app(emission: Emission) -> Json:
    return dict(json.loads(emission.files["app.json"]))


def service(*operations: Operation, **more: Any) -> Service:
    given: Json = {"key": "sample", "title": "Sample", "auth": Auth(kind="apiKey"), "docs_url": "https://sample.example.com"}
    servers = (Server(url="https://api.example.com"),)
    return Service(**{**given, "servers": servers, "operations": operations, **more})


def operation(*fields: Field, **more: Any) -> Operation:
    given: Json = {
        "operation_id": "makeThing", "resource": "Thing", "name": "Make a Thing", "description": "Makes one.", "method": "POST",
        "path": "/things", "media_type": "application/json",
    }  # fmt: skip
    return Operation(**{**given, "fields": fields, **more})


def form_of(*fields: Field) -> list[Json]:
    return FormBuilder("Sample").build(fields).fields


# --- texts


@pytest.mark.parametrize(
    ("given", "cased"),
    [
        ("generate an image with selena", "Generate an Image With Selena"),
        ("get TTS of a 3d model", "Get TTS of a 3d Model"),
        ("list of", "List Of"),
        ("a test-run", "A Test-Run"),
    ],
)
def test_title_case(given: str, cased: str) -> None:
    assert title_case(given) == cased
    assert title_case(cased) == cased


def test_texts_hold_nothing_that_runs_or_links_elsewhere() -> None:
    for text in (plain(HOSTILE), label(HOSTILE, "x"), help_text(HOSTILE), markdown(HOSTILE)):
        assert "{{" not in plain(text) and "\x00" not in plain(text) and "\u2028" not in plain(text)
    safe = help_text(HOSTILE)
    assert "](" not in safe and "<script" not in safe and "javascript:" not in safe
    assert "`http://bare.example.com`" in safe
    assert help_text("see [docs](https://a.example.com/x)") == "See [docs](https://a.example.com/x)."


def test_help_never_outgrows_zapier() -> None:
    assert len(help_text("<a " * 900)) <= 1000
    assert len(label("word " * 60, "x")) <= 64


# --- keys


def test_keys_follow_zapiers_rules() -> None:
    assert [step_key(k) for k in ("getPet", "pets.list", "3d", "_x", "ä", "x")] == [
        "getPet", "pets_list", "call_3d", "x_call", "call", "x_call",
    ]  # fmt: skip
    assert field_key("a__b", "c d") == "a_b_c_d"
    keys = Keys()
    assert [keys.unique(k) for k in ("a", "A", "a")] == ["a", "A_2", "a_3"]


def test_keys_stay_when_the_document_grows() -> None:
    size = Field(name="size", type="object", fields=(Field(name="width", type="integer"),))
    before = definition(emit(service(operation(size)), EmitOptions()))
    grown = service(operation(Field(name="more"), size), operation(operation_id="other"))
    after = definition(emit(grown, EmitOptions()))

    def keys(app: Json) -> set[str]:
        return {field["key"] for field in app["creates"]["makeThing"]["operation"]["inputFields"]}

    assert keys(before) <= keys(after) and set(before["creates"]) <= set(after["creates"])


# --- the form


def test_types_choices_and_defaults() -> None:
    style = (Choice(value="a", label="A", description="nice"), Choice(value="{{b}}", label="B"))
    fields = form_of(
        Field(name="prompt", required=True, default="cat", example="a dog"),
        Field(name="count", type="integer", default=2, minimum=1, maximum=4),
        Field(name="fast", type="boolean", default=False),
        Field(name="style", choices=style, default="a", open=True),
        Field(name="at", format="date-time"),
        Field(name="key", secret=True, example="s3cret"),
        Field(name="image", file="base64"),
        Field(name="link", file="url"),
        Field(name="tags", repeated=True),
        Field(name="notes", type="object", values=Field(name="value")),
        Field(name="free", type="any"),
    )
    by_key = {field["key"]: field for field in fields}
    assert by_key["prompt"]["type"] == "text" and "default" not in by_key["prompt"]
    assert "Default: cat" in by_key["prompt"]["helpText"] and by_key["prompt"]["placeholder"] == "a dog"
    assert by_key["count"]["default"] == "2" and "From 1 to 4" in by_key["count"]["helpText"]
    assert by_key["fast"] == {"key": "fast", "label": "fast", "type": "boolean", "default": "false"}
    assert by_key["style"]["choices"] == [{"value": "a", "sample": "a", "label": "A (nice)"}]
    assert "Another value" in by_key["style"]["helpText"] and by_key["style"]["default"] == "a"
    assert [by_key[k]["type"] for k in ("at", "key", "image", "link", "free")] == [
        "datetime", "password", "file", "string", "text",
    ]  # fmt: skip
    assert by_key["tags"]["list"] and by_key["notes"]["dict"] and "s3cret" not in json.dumps(by_key["key"])


def test_objects_flatten_and_arrays_of_objects_become_line_items() -> None:
    inner = Field(name="size", title="Size", type="object", required=True, fields=(Field(name="w", required=True),))
    rows = Field(name="rows", title="Rows", type="object", repeated=True, description="The rows.", fields=(
        Field(name="sku", required=True), inner, Field(name="deep", type="object", repeated=True, fields=(Field(name="x"),)),
    ))  # fmt: skip
    optional = replace(inner, name="box", title="Box", required=False)
    form = FormBuilder("Sample").build([inner, optional, rows])
    assert [field["key"] for field in form.fields] == ["size_w", "box_w", "rows"]
    assert form.fields[0]["required"] and "required" not in form.fields[1]
    assert "Needed if you use Box" in form.fields[1]["helpText"]
    group = form.fields[2]
    assert set(group) == {"key", "label", "children"}
    assert [child["key"] for child in group["children"]] == ["rows_sku", "rows_size_w", "rows_deep"]
    assert form.inputs[2]["children"][1]["path"] == ["size", "w"] and form.inputs[2]["children"][2]["json"]


def test_conditional_fields_come_from_a_function() -> None:
    ask = Field(name="mode", location="selector", choices=(Choice(value="a", label="A"), Choice(value="b", label="B")), default="a")
    shown = Field(name="size", required=True, when=(Condition(field="mode", values=("b",)),))
    form = FormBuilder("Sample").build([ask, shown, Field(name="last")])
    assert [f if isinstance(f, str) else f["key"] for f in form.fields] == ["mode", FUNCTION, "last"]
    assert form.fields[0]["altersDynamicFields"] is True
    assert form.dynamic[0][0]["when"] == [{"key": "mode", "values": ["b"], "default": "a"}]
    assert form.dynamic[0][0]["field"]["required"] is True


def test_what_nobody_is_asked_for_and_what_stands_last() -> None:
    fields = form_of(
        Field(name="old", deprecated=True), Field(name="seed", visibility="advanced"), Field(name="made", read_only=True),
        Field(name="fixed", visibility="internal", default="x"), Field(name="must", visibility="internal", required=True),
        Field(name="confirm"),
    )  # fmt: skip
    assert [field["key"] for field in fields] == ["must", "confirm_2", "old", "seed"]
    assert [field.get("group") for field in fields] == [None, None, "advanced", "advanced"]


def test_inferred_fields_say_so() -> None:
    (field,) = form_of(Field(name="x", inferred="seen once"))
    assert field["helpText"] == "Not documented by Sample: seen once."


def test_a_dropdown_for_an_element_of_a_list() -> None:
    listing = operation(
        operation_id="listThings", name="List Things", method="GET", media_type="",
        output=Output(repeated=True, fields=(Field(name="id"), Field(name="title")), sample=[{"id": "1", "title": "One"}]),
    )  # fmt: skip
    reading = operation(
        Field(name="thing_id", location="path", pointer="thing_id", required=True),
        operation_id="getThing", name="Get a Thing", method="GET", path="/things/{thing_id}", media_type="",
    )  # fmt: skip
    found = definition(emit(service(listing, reading), EmitOptions()))
    assert found["searches"]["getThing"]["operation"]["inputFields"][0]["dynamic"] == "options_listThings.id.name"
    assert found["triggers"]["options_listThings"]["display"]["hidden"] is True
    assert found["searches"]["listThings"]["operation"]["sample"] == {"id": "1", "title": "One"}


# --- nothing of a document becomes a function


TRAPS = [
    {"source": "return process.env"},
    {"source": "return 1", "args": ["z"]},
    {"require": "child_process"},
    {"deep": [{"source": "return 1"}, {"a": {"require": "fs", "x": 1}}]},
    {"source": "return 1", "inner": {"source": "return 2"}, "other": 1},
    [{"source": "return 1"}],
]


def functions(value: Any) -> Iterator[Any]:
    """What zapier-platform-core would turn into functions."""
    if isinstance(value, dict):
        if len(value) in (1, 2):
            source, require = value.get("source"), value.get("require")
            if (isinstance(source, str) and "return" in source) or (isinstance(require, str) and require):
                yield value
        for one in value.values():
            yield from functions(one)
    elif isinstance(value, list):
        for one in value:
            yield from functions(one)


@pytest.mark.parametrize("trap", TRAPS)
def test_the_trap_is_closed(trap: Any) -> None:
    assert list(functions(trap))
    assert not list(functions(harmless(trap)))
    ok = Response(status="200", examples=(Example(name="x", value=trap),))
    raw = Output(sample=trap)
    listed = Output(sample=[trap, {"id": 1, "trap": trap}], repeated=True)
    hook = Trigger(
        event="fell", name="Fell", description="Triggers when it falls.", delivery="webhook", samples=(trap, {"id": trap}), payload=()
    )
    fields = (
        Field(name="source", default="return 1", example=trap, choices=(Choice(value="return", label="return"),)),
        Field(name="require", type="any", default=trap, example=trap),
    )
    made = service(
        operation(*fields, output=raw, responses=(ok,)),
        operation(*fields, operation_id="source", output=raw),
        operation(operation_id="require", method="GET", media_type="", output=listed),
        triggers=(hook,),
    )
    written = definition(emit(made, EmitOptions()))
    assert not list(functions(written))
    assert not [finding for finding in lint.check(written) if finding.code == "X001"]


def test_leaving_out_what_is_null_makes_no_trap() -> None:
    reply = {"source": "return 1", "gone": None, "also": None}
    made = service(operation(output=Output(sample={"inner": reply, "list": [reply]})))
    assert not list(functions(definition(emit(made, EmitOptions()))))


def test_only_listed_places_are_functions() -> None:
    """A text of the document that looks like a function stays a text: the runtime binds by path."""
    made = service(operation(Field(name="x", description=FUNCTION, default=FUNCTION), output=Output(sample={"a": FUNCTION})))
    data = app(emit(made, EmitOptions()))
    bound = {tuple(binding["path"]) for binding in data["bindings"]}
    found = {path for path, value in walk(data["definition"]) if value == FUNCTION}
    assert bound < found and ("creates", "makeThing", "operation", "sample", "raw", "a") in found - bound


def walk(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, value
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from walk(one, (*path, key))


def test_a_hostile_document_reaches_no_code() -> None:
    """Its texts stand in JSON and in the README alone, and open no expression there."""
    hostile = Field(name="n" + HOSTILE, title=HOSTILE, description=HOSTILE, default=HOSTILE, example=HOSTILE,
                    choices=(Choice(value=HOSTILE, label=HOSTILE),), inferred=HOSTILE)  # fmt: skip
    made = service(
        operation(hostile, name=HOSTILE, description=HOSTILE, summary=HOSTILE, resource=HOSTILE, output=Output(sample={HOSTILE: HOSTILE})),
        title=HOSTILE, description=HOSTILE, docs_url="https://x.example.com/)" + HOSTILE,
        servers=(Server(url="https://{h}.example.com", variables=(ServerVariable(name="h", description=HOSTILE, default=HOSTILE),)),),
        auth=Auth(kind="apiKey", name=HOSTILE, description=HOSTILE, placeholder=HOSTILE, key_prefix=HOSTILE),
    )  # fmt: skip
    emission = emit(made, EmitOptions())
    harmless_app = emit(service(operation(name="X")), EmitOptions())
    for path, content in emission.files.items():
        assert ".." not in path and not path.startswith("/")
        if path.endswith(".js"):
            assert content == harmless_app.files[path]
    readme = emission.files["README.md"].decode()
    assert "<script" not in readme and "](javascript" not in readme and "{{" not in readme
    found = definition(emission)
    for place, value in walk(found):
        inside_sample = "sample" in place
        assert not (isinstance(value, str) and "{{" in value and not inside_sample), place


# --- what Zapier's server checks


@pytest.mark.parametrize("key", sorted(bundled()))
def test_the_server_side_checks_hold(key: str) -> None:
    loaded = load(bundled()[key]).service
    findings = lint.check(definition(emit(loaded, EmitOptions())))
    # No list of organizations or keys exists from which one could be chosen.
    assert [f for f in findings if not (f.code == "D004" and re.search(r"\.(orgId|keyId)$", f.place))] == []


def sound() -> Json:
    listing = operation(
        Field(name="q", location="query", pointer="q"), operation_id="findThings", name="Find Things", method="GET", media_type=""
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
    hook = Trigger(event="fell", name="Fell", description="Triggers when it falls.", delivery="webhook", samples=({"id": "1"},))
    emission = emit(service(triggers=(hook,)), EmitOptions())
    assert {"zapier-d016", "zapier-d017"} <= {problem.code for problem in emission.problems}
    assert "Copy the URL" in definition(emission)["triggers"]["fell"]["display"]["directions"]


# --- samples and output fields


def test_output_fields_agree_with_the_sample() -> None:
    sample = {
        "image_url": "https://x", "file": "https://x", "usage": {"cost": 1, "unit": "points"}, "type": "image",
        "items": [{"url": "https://x", "width": 2}], "raw": {"at": "2026-01-01T00:00:00Z", "tags": ["a"], "a__b": 1, "n": 1.5},
    }  # fmt: skip
    raw = (Field(name="at", pointer="/at", title="Made At", format="date-time"), Field(name="n", pointer="/n", type="number"))
    found = {field["key"]: (field["label"], field["type"]) for field in output_fields(sample, raw)}
    assert found["file"] == ("Image File", "file") and found["usage__cost"] == ("Usage Cost", "integer")
    assert found["items[]url"] == ("Items URL", "string") and found["raw__at"] == ("Raw Made At", "datetime")
    assert found["raw__n"] == ("Raw N", "number") and "raw__a__b" not in found


def test_samples_tell_a_success_with_its_media() -> None:
    tengrai = definition(emit(load(bundled()["tengrai"]).service, EmitOptions()))
    for step in [*tengrai["creates"].values(), tengrai["triggers"]["listArtworks"]]:
        sample = step["operation"]["sample"]
        assert sample["status"] == "succeeded"
        if sample["type"] == "image":
            assert sample["image_url"].startswith("https://") and sample["items"][0]["url"] == sample["image_url"]


# --- the service


def test_a_document_without_a_server_asks_for_the_address() -> None:
    auth = definition(emit(service(operation(), servers=()), EmitOptions()))["authentication"]
    assert [(f["key"], f["required"]) for f in auth["fields"]] == [("api_key", True), ("base_url", True)]


def test_several_servers_are_a_choice() -> None:
    servers = (Server(url="https://eu.example.com", description="Europe"), Server(url="https://us.example.com", description="US"))
    auth = definition(emit(service(operation(), servers=servers), EmitOptions()))["authentication"]
    choice = next(f for f in auth["fields"] if f["key"] == "server")
    assert [c["label"] for c in choice["choices"]] == ["Europe", "US"] and choice["default"] == "https://eu.example.com"


def test_every_operation_is_accounted_for() -> None:
    made = service(operation(), operation(operation_id="old", deprecated=True), other_auths=(Auth(id="second", kind="http"),))
    emission = emit(made, EmitOptions())
    assert {(w.source, w.kind) for w in emission.written} == {("makeThing", "action"), ("old", "left out")}
    assert any("second" in problem.message for problem in emission.problems)
    assert "old" not in app(emission)["service"]["operations"]


def test_versions_are_zapiers() -> None:
    for given, written in (("1.2.3", "1.2.3"), ("2026.1.1", "0.1.0"), ("1.2", "0.1.0"), ("01.2.3", "0.1.0")):
        emission = emit(service(operation()), EmitOptions(version=given))
        assert definition(emission)["version"] == written == json.loads(emission.files["package.json"])["version"]

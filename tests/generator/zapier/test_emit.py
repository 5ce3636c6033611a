"""What the Zapier emitter writes, looked at as data; what runs is in tests/platforms/test_zapier_*.py."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from specloom.generator.platforms import Emission, EmitOptions
from specloom.generator.zapier import lint
from specloom.generator.zapier.emit import emit
from specloom.generator.zapier.fields.cleaning import Cleaner
from specloom.generator.zapier.fields.form import FUNCTION
from specloom.generator.zapier.fields.outputs import OutputFields
from specloom.generator.zapier.keys import Keys, field_key, step_key
from specloom.generator.zapier.text import help_text, label, markdown, plain, title_case
from specloom.schemas.load import bundled, load
from specloom.schemas.model import (
    Auth,
    Choice,
    Example,
    Field,
    Operation,
    Output,
    Response,
    Server,
    ServerVariable,
    Service,
    Trigger,
)

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
    given: Json = {
        "key": "sample",
        "title": "Sample",
        "auth": Auth(kind="apiKey"),
        "docs_url": "https://sample.example.com",
    }
    servers = (Server(url="https://api.example.com"),)
    return Service(**{**given, "servers": servers, "operations": operations, **more})


def operation(*fields: Field, **more: Any) -> Operation:
    given: Json = {
        "operation_id": "makeThing", "resource": "Thing", "name": "Make a Thing", "description": "Makes one.", "method": "POST",
        "path": "/things", "media_type": "application/json",
    }  # fmt: skip
    return Operation(**{**given, "fields": fields, **more})


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
        "getPet", "pets_list", "call_3d", "x_call", "call_33e6d73f", "x_call",
    ]  # fmt: skip
    assert field_key("a__b", "c d") == "a_b_c_d"
    keys = Keys()
    assert [keys.unique(k) for k in ("a", "A", "a")] == ["a", "A_2", "a_3"]


@pytest.mark.parametrize("repeated", [False, True], ids=["object", "line items"])
def test_names_without_a_latin_letter_have_keys_of_their_own(repeated: bool) -> None:
    """Whatever stands before them: in another order they would take each other's values in people's Zaps."""
    names = ("名前", "住所", "电话")

    def keys(order: tuple[str, ...]) -> dict[str, str]:
        fields = tuple(Field(name=name, title=name) for name in order)
        nested = Field(name="客", type="object", fields=fields, repeated=repeated)
        found = definition(emit(service(operation(*fields, nested)), EmitOptions()))
        inputs = found["creates"]["makeThing"]["operation"]["inputFields"]
        rows = [row for one in inputs for row in one.get("children", [one])]
        return {row["label"]: row["key"] for row in rows}

    found = keys(names)
    assert found == keys(names[::-1]) == {**keys(names[:1]), **keys(names[1:])}
    assert len(set(found.values())) == len(found) and all(re.fullmatch(r"[A-Za-z0-9_]+", key) for key in found.values())


def test_keys_stay_when_the_document_grows() -> None:
    size = Field(name="size", type="object", fields=(Field(name="width", type="integer"),))
    before = definition(emit(service(operation(size)), EmitOptions()))
    grown = service(operation(Field(name="more"), size), operation(operation_id="other"))
    after = definition(emit(grown, EmitOptions()))

    def keys(app: Json) -> set[str]:
        return {field["key"] for field in app["creates"]["makeThing"]["operation"]["inputFields"]}

    assert keys(before) <= keys(after) and set(before["creates"]) <= set(after["creates"])


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
    assert not list(functions(Cleaner().clean(trap)))
    ok = Response(status="200", examples=(Example(name="x", value=trap),))
    raw = Output(sample=trap)
    listed = Output(sample=[trap, {"id": 1, "trap": trap}], repeated=True)
    hook = Trigger(
        event="fell",
        name="Fell",
        description="Triggers when it falls.",
        delivery="webhook",
        samples=(trap, {"id": trap}),
        payload=(),
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
    made = service(
        operation(Field(name="x", description=FUNCTION, default=FUNCTION), output=Output(sample={"a": FUNCTION}))
    )
    data = app(emit(made, EmitOptions()))
    bound = {tuple(binding["path"]) for binding in data["bindings"]}
    found = {path for path, value in walk(data["definition"]) if value == FUNCTION}
    assert bound < found and ("creates", "makeThing", "operation", "sample", "a") in found - bound


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


# --- samples and output fields


def test_output_fields_agree_with_the_sample() -> None:
    sample = {
        "image_url": "https://x", "file": "https://x", "usage": {"cost": 1, "unit": "points"}, "type": "image",
        "items": [{"url": "https://x", "width": 2}], "raw": {"at": "2026-01-01T00:00:00Z", "tags": ["a"], "a__b": 1, "n": 1.5},
    }  # fmt: skip
    raw = (
        Field(name="at", pointer="/at", title="Made At", format="date-time"),
        Field(name="n", pointer="/n", type="number"),
    )
    found = {field["key"]: (field["label"], field["type"]) for field in OutputFields().of(sample, raw, media="image")}
    assert found["file"] == ("Image File", "file") and found["usage__cost"] == ("Usage Cost", "integer")
    assert found["items[]url"] == ("Items URL", "string") and found["raw__at"] == ("Raw Made At", "datetime")
    assert found["raw__n"] == ("Raw N", "number") and "raw__a__b" not in found


def test_samples_tell_a_success_with_its_media() -> None:
    tengrai = definition(emit(load(bundled()["tengrai"]).service, EmitOptions()))
    for step in [*tengrai["creates"].values(), tengrai["triggers"]["listArtworks"]]:
        sample = step["operation"]["sample"]
        if "raw" in sample or "image_url" in sample:
            assert sample["status"] == "succeeded" and not {"service", "operation", "success"} & sample.keys()
        if "image_url" in sample:
            assert next(iter(sample)) == "image_url" and sample["image_url"].startswith("https://")
            assert "items" not in sample or sample["items"][0]["url"] == sample["image_url"]


# --- the service


def test_a_document_without_a_server_asks_for_the_address() -> None:
    auth = definition(emit(service(operation(), servers=()), EmitOptions()))["authentication"]
    assert [(f["key"], f["required"]) for f in auth["fields"]] == [("api_key", True), ("base_url", True)]


def test_several_servers_are_a_choice() -> None:
    servers = (
        Server(url="https://eu.example.com", description="Europe"),
        Server(url="https://us.example.com", description="US"),
    )
    auth = definition(emit(service(operation(), servers=servers), EmitOptions()))["authentication"]
    choice = next(f for f in auth["fields"] if f["key"] == "server")
    assert [c["label"] for c in choice["choices"]] == ["Europe", "US"] and choice["default"] == "https://eu.example.com"


def test_every_operation_is_accounted_for() -> None:
    made = service(
        operation(), operation(operation_id="old", deprecated=True), other_auths=(Auth(id="second", kind="http"),)
    )
    emission = emit(made, EmitOptions())
    assert {(w.source, w.kind) for w in emission.written} == {("makeThing", "action"), ("old", "left out")}
    assert any("second" in problem.message for problem in emission.problems)
    assert "old" not in app(emission)["service"]["operations"]


def test_versions_are_zapiers() -> None:
    for given, written in (("1.2.3", "1.2.3"), ("2026.1.1", "0.1.0"), ("1.2", "0.1.0"), ("01.2.3", "0.1.0")):
        emission = emit(service(operation()), EmitOptions(version=given))
        assert definition(emission)["version"] == written == json.loads(emission.files["package.json"])["version"]


def test_a_bar_in_a_name_ends_no_cell_of_the_readme() -> None:
    server = Server(url="https://{re|gion}.example.com", variables=(ServerVariable(name="re|gion", default="eu"),))
    readme = (
        emit(service(operation(name="List | things"), servers=(server,)), EmitOptions()).files["README.md"].decode()
    )
    rows = [row for row in readme.splitlines() if row.startswith("|")]
    assert any("\\|" in row for row in rows)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4}

"""The form of a Zapier step: which input fields the model's fields become."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from specloom.generator.platforms import EmitOptions
from specloom.generator.zapier.emit import emit
from specloom.generator.zapier.fields.form import FUNCTION, FormBuilder
from specloom.schemas.model import Choice, Condition, Field, Output
from tests.generator.zapier.test_emit import definition, operation, service

Json = dict[str, Any]


def form_of(*fields: Field) -> list[Json]:
    return FormBuilder().build(fields).fields


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
        "datetime", "password", "file", "string", "json",
    ]  # fmt: skip
    assert by_key["tags"]["list"] and by_key["notes"]["dict"] and "s3cret" not in json.dumps(by_key["key"])


def test_objects_flatten_and_arrays_of_objects_become_line_items() -> None:
    inner = Field(name="size", title="Size", type="object", required=True, fields=(Field(name="w", required=True),))
    rows = Field(name="rows", title="Rows", type="object", repeated=True, description="The rows.", fields=(
        Field(name="sku", required=True), inner, Field(name="deep", type="object", repeated=True, fields=(Field(name="x"),)),
    ))  # fmt: skip
    optional = replace(inner, name="box", title="Box", required=False)
    form = FormBuilder().build([inner, optional, rows])
    assert [field["key"] for field in form.fields] == ["size_w", "box_w", "rows"]
    assert form.fields[0]["required"] and "required" not in form.fields[1]
    assert "Needed if you use Box" in form.fields[1]["helpText"]
    group = form.fields[2]
    assert set(group) == {"key", "label", "children"}
    assert [child["key"] for child in group["children"]] == ["rows_sku", "rows_size_w", "rows_deep"]
    assert form.inputs[2]["children"][1]["path"] == ["size", "w"] and form.inputs[2]["children"][2]["json"]


def test_conditional_fields_come_from_a_function() -> None:
    ask = Field(
        name="mode",
        location="selector",
        choices=(Choice(value="a", label="A"), Choice(value="b", label="B")),
        default="a",
    )
    shown = Field(name="size", required=True, when=(Condition(field="mode", values=("b",)),))
    form = FormBuilder().build([ask, shown, Field(name="last")])
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


def test_notes_about_the_document_are_no_help() -> None:
    (field,) = form_of(Field(name="x", inferred="seen once"))
    assert "helpText" not in field


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

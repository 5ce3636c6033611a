"""Proves the bundled documents: valid by the official schema, complete, and consistent."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.support.documents import (
    KEYS,
    SCHEMAS,
    document,
    examples,
    follow,
    mistakes,
    operations,
    places,
    polled,
    read,
    replies,
    responses,
    text,
)

EXTENSION = json.loads((SCHEMAS / "x-specloom.schema.json").read_text())
DESCRIBED = {"parameter", "header", "variable", "security_scheme", "operation", "response", "link"}
SAYS_SO = re.compile(r"(not|neither|nor)\b[^.;]{0,80}\bdocumented|undocumented|does not document", re.I)
each_document = pytest.mark.parametrize("key", KEYS)


def test_the_five_documents_are_there() -> None:
    assert {"aiops", "mayanio", "tengrai", "tuen", "tuneforge"} <= set(KEYS)


@each_document
def test_passes_the_official_schema(key: str) -> None:
    assert document(key)["openapi"] == "3.1.0"
    assert [error.message for error in OpenAPIV31SpecValidator(document(key)).iter_errors()] == []
    for place in places(key):
        if place.kind in ("schema", "field"):
            Draft202012Validator.check_schema(place.value)


@each_document
def test_the_extension_is_well_formed(key: str) -> None:
    kinds = {"root": "root", "operation": "operation", "field": "field", "parameter": "field"}
    wrong = []
    for place in places(key):
        if "x-specloom" in place.value:
            kind = kinds.get(place.kind, "security_scheme" if place.kind == "security_scheme" else "note")
            validator = Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": EXTENSION["$defs"]})
            wrong += [f"{place}: {e.message}" for e in validator.iter_errors(place.value["x-specloom"])]
    assert wrong == []
    assert document(key)["x-specloom"]["key"] == key


@each_document
def test_everything_has_its_words(key: str) -> None:
    silent = []
    for place in places(key):
        value = place.value
        if place.kind in DESCRIBED:
            silent += [] if value.get("description") else [f"{place}: no description"]
        if place.named:
            silent += [f"{place}: no {word}" for word in ("title", "description") if not value.get(word)]
        if place.kind == "parameter" and not follow(key, value["schema"]).get("title"):
            silent.append(f"{place}: no title")
    assert silent == []


@each_document
def test_operations_are_named_for_people(key: str) -> None:
    tags = [tag["name"] for tag in document(key)["tags"]]
    assert all(tag.get("description") for tag in document(key)["tags"])
    assert sorted(set(tags)) == sorted({tag for o in operations(key).values() for tag in o["tags"]})
    listed = [p for p in places(key) if p.kind == "operation" and "callbacks" not in p.pointer]
    assert len(listed) == len(operations(key))
    for place in listed:
        operation = place.value
        assert re.fullmatch(r"[A-Z].*[^.]", operation["summary"]), place
        assert re.fullmatch(r"[A-Z].*[^.]", operation["x-specloom"]["name"]), place
        assert len(operation["tags"]) == 1, place


@each_document
def test_every_value_of_a_list_has_a_label(key: str) -> None:
    """The labels stand beside the enum, on its parameter, or on the array whose elements it lists."""
    missing = []
    for place in places(key):
        if place.named or place.kind == "parameter":
            schema = follow(key, place.value.get("schema", place.value))
            items = follow(key, schema.get("items", {}))
            values = schema.get("enum", items.get("enum", []))
            labels = {name for holder in (place.value, schema, items)
                      for name in holder.get("x-specloom", {}).get("choices", {})}  # fmt: skip
            named = {str(value) for value in values if value is not None}
            missing += [f"{place}: {value}" for value in named - labels]
            assert not (named and labels - named), f"{place}: a label without its value"
    assert missing == []


@each_document
def test_what_is_inferred_says_so(key: str) -> None:
    for place in places(key):
        if place.value.get("x-specloom", {}).get("inferred"):
            words = place.value.get("description", place.value.get("info", {}).get("description", ""))
            assert SAYS_SO.search(words), f"{place}: {words}"
    if "inferred" in document(key)["x-specloom"].get("webhook_signature", {}):
        assert SAYS_SO.search(document(key)["info"]["description"])


@each_document
def test_nothing_made_up_is_published(key: str) -> None:
    assert "UNKNOWN_" not in text(key)
    for server in document(key)["servers"]:
        for variable in server.get("variables", {}).values():
            assert variable["default"] == "", "an unknown host has no default"
    answers = json.dumps([replies(key, operation) for operation in operations(key).values()])
    for url in re.findall(r"https?://[^\s\"',)\]}]+", answers):
        assert (urlsplit(url).hostname or "").endswith("example.com"), url


@each_document
def test_every_call_has_its_examples(key: str) -> None:
    missing = []
    for name, operation in operations(key).items():
        for media in follow(key, operation.get("requestBody", {})).get("content", {}).values():
            missing += [] if examples(key, media) else [f"{name}: request"]
        every = {**responses(key, operation, True), **responses(key, operation, False)}
        for status, response in every.items():
            contents = response.get("content", {})
            assert contents or status == "204", f"{name}: {status} has no body"
            # The bytes of a file are given by their address.
            shown = [examples(key, m) or [e for e in m.get("examples", {}).values() if "externalValue" in e]
                     for m in contents.values()]  # fmt: skip
            missing += [] if all(shown) else [f"{name}: {status}"]
    for place in places(key):
        if place.kind == "parameter":
            given = [examples(key, place.value), examples(key, follow(key, place.value["schema"]))]
            missing += [] if any(given) else [f"{place}: no example"]
    assert missing == []


@each_document
def test_every_example_fits_its_schema(key: str) -> None:
    wrong = []
    for place in places(key):
        if place.kind in ("media", "parameter", "header"):
            for value in examples(key, place.value):
                wrong += mistakes(key, f"{place.pointer}/schema", value)
        elif place.kind in ("schema", "field"):
            default = [place.value["default"]] if "default" in place.value else []
            given = examples(key, place.value) + default
            for value in given:
                wrong += mistakes(key, place.pointer, value)
    assert wrong == []


@each_document
def test_what_is_named_exists(key: str) -> None:
    calls = operations(key)
    assert document(key)["x-specloom"]["connection"]["operation"] in calls
    for place in places(key):
        extension = place.value.get("x-specloom", {})
        if place.kind == "link":
            target = calls[place.value["operationId"]]
            names = {follow(key, parameter)["name"] for parameter in target.get("parameters", ())}
            assert set(place.value.get("parameters", {})) <= names, place
        elif place.kind == "operation":
            links = {n for r in responses(key, place.value, True).values() for n in r.get("links", ())}
            assert {extension["job"]["poll"]} <= links if "job" in extension else True, place
            assert extension.get("callback") in (None, *place.value.get("callbacks", ())), place
        assert extension.get("options", {}).get("operation", next(iter(calls))) in calls, place


@each_document
def test_expressions_find_something_in_the_examples(key: str) -> None:
    for name, operation in operations(key).items():
        extension = operation["x-specloom"]
        source = polled(key, operation)
        result = dict(extension.get("result", {}))
        links = {n for r in responses(key, source, True).values() for n in r.get("links", ())}
        assert result.pop("download", None) in (None, *links), name
        remaining = {"remaining": extension.get("usage", {}).get("remaining")}
        job = {part: extension.get("job", {}).get(part) for part in ("status", "error")}
        paging = {part: extension.get("pagination", {}).get(part) for part in ("items", "next", "more")}
        for group, where in ((result, source), (remaining, operation), (job, source), (paging, operation)):
            for expression in filter(None, group.values()):
                for part in re.findall(r"\{(\$[^}]+)\}", str(expression)) or [str(expression)]:
                    if part.startswith(("$response.body", "$item")):
                        assert read(part, replies(key, where), result.get("items", "")), f"{name}: {part}"


@each_document
def test_a_job_has_an_example_of_each_end(key: str) -> None:
    for operation in operations(key).values():
        job = operation["x-specloom"].get("job")
        if job:
            states = set(read(job["status"], replies(key, polled(key, operation))))
            for ends in (job["succeeded"], job["failed"], job["queued"]):
                assert states & set(ends), operation["operationId"]
            assert states - {state for ends in ("succeeded", "failed", "queued") for state in job[ends]}

"""Mistakes that would hurt at run time, each found once and at its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specloom.generator.report.advice import quality
from specloom.generator.report.values import odd_values
from specloom.schemas.load import bundled, load

DOCUMENT = """\
openapi: 3.1.0
info: {title: Songs, version: "1"}
servers: [{url: "https://api.songs.example"}]
paths:
  /songs:
    post:
      operationId: makeSong
      x-specloom:
        job: {poll: poll, status: $response.body#/status, succeeded: [done]}
        result: {type: audio, url: $response.body#/audio_url}
      responses:
        "202":
          description: ok
          content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}
          links: {poll: {operationId: getSong, parameters: {id: $response.body#/id}}}
  /songs/{id}:
    get:
      operationId: getSong
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                properties:
                  status: {type: string, enum: [queued, done]}
                  audio_url: {type: string}
"""
CODES = {"unknown-state", "points-nowhere", "link-parameter", "misspelt-extension", "angle-parameter",
         "unknown-scheme", "unknown-type", "example-misfit"}  # fmt: skip
FAULTS = {
    "unknown-state": ("succeeded: [done]", "succeeded: [finished]", 9),
    "points-nowhere": ("#/audio_url}", "#/sound_url}", 10),
    "link-parameter": ("parameters: {id: $response", "parameters: {song: $response", 15),
    "misspelt-extension": ("      x-specloom:\n        job", "      x-speclom: {}\n      x-specloom:\n        job", 8),
    "unknown-scheme": ("    post:\n", "    post:\n      security: [{kay: []}]\n", 7),
    "unknown-type": ("audio_url: {type: string}", "audio_url: {type: strng}", 29),
    "example-misfit": ("audio_url: {type: string}", "audio_url: {type: string, example: [7]}", 29),
    "angle-parameter": ("  /songs/{id}:", "  /songs/<id>:", 16),
}


def found(folder: Path, text: str) -> list[tuple[str, int]]:
    path = folder / "songs.yaml"
    path.write_text(text)
    return [(p.code, p.location.line) for p in quality(load(path)) if p.code in CODES]


@pytest.mark.parametrize("code", FAULTS)
def test_each_is_found_at_its_line(code: str, tmp_path: Path) -> None:
    right, wrong, line = FAULTS[code]
    assert right in DOCUMENT
    assert (code, line) in found(tmp_path, DOCUMENT.replace(right, wrong, 1))


def test_nothing_is_found_where_nothing_is_wrong(tmp_path: Path) -> None:
    assert found(tmp_path, DOCUMENT) == []


@pytest.mark.parametrize("key", bundled())
def test_the_bundled_documents_have_none(key: str) -> None:
    assert [p for p in quality(load(bundled()[key])) if p.code in CODES] == []


FITS = {
    "null where it may be": {"type": "string", "nullable": True, "example": None},
    "null of two types": {"type": ["string", "null"], "example": None},
    "a whole number": {"type": "integer", "example": 2.0},
    "a number": {"type": "number", "example": 2},
    "a value of the list": {"type": "string", "enum": ["a"], "example": "a"},
    "an object": {"type": "object", "properties": {"n": {"type": "integer"}}, "example": {"n": 1, "more": True}},
    "a property that is called type": {"type": "object", "properties": {"type": {"type": "string"}}},
    "an example that looks like a schema": {"example": {"type": "anything"}},
}
MISFITS = {
    "a text for a number": {"type": "integer", "example": "many"},
    "a yes for a number": {"type": "integer", "example": True},
    "null": {"type": "string", "example": None},
    "none of the list": {"enum": ["a"], "example": "b"},
    "deep inside": {"type": "object", "properties": {"n": {"$ref": "#/components/schemas/N"}}, "example": {"n": "1"}},
    "in a list": {"type": "array", "items": {"type": "integer"}, "example": [1, "2"]},
}


@pytest.mark.parametrize("name", [*FITS, *MISFITS])
def test_examples_that_fit_and_that_do_not(name: str) -> None:
    schema = FITS.get(name) or MISFITS[name]
    root = {"components": {"schemas": {"N": {"type": "integer"}, "Example": schema}}}
    told = [(one.code, one.pointer) for one in odd_values(root)]
    assert told == ([("example-misfit", "/components/schemas/Example/example")] if name in MISFITS else [])


def test_hostile_schemas_end_the_walk() -> None:
    loop: dict[str, Any] = {"type": "object", "example": {"a": {}}}
    loop["properties"] = {"a": loop}
    ring = {"$ref": "#/components/schemas/Ring"}
    deep: dict[str, Any] = {}
    for _ in range(500):
        deep = {"items": deep}
    schemas = {"Loop": loop, "Ring": ring, "Deep": deep, "Odd": {"type": 7}, "List": {"type": [[]]}, "No": 5}
    root = {"components": {"schemas": schemas}, "security": [5, {"a": []}], "paths": {"/a": 5, "/b": {"get": 7}}}
    assert sorted(one.code for one in odd_values(root)) == ["unknown-scheme", "unknown-type", "unknown-type"]


def test_the_text_that_a_parameter_is_sent_as_is_an_example_of_it() -> None:
    schema = {"type": "array", "items": {"type": "integer"}}
    parameter = {"name": "ids", "in": "query", "schema": schema, "example": "1,2"}
    assert list(odd_values({"paths": {"/a": {"get": {"parameters": [parameter]}}}})) == []
    (told,) = odd_values({"paths": {"/a": {"get": {"parameters": [parameter | {"example": ["1"]}]}}}})
    assert told.message == 'the example does not fit its schema: "1" is no integer'

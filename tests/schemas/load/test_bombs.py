"""Documents made to exhaust or crash the loader: a clean report or a normal service, in bounded time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from specloom.schemas.load import load
from specloom.schemas.model import Field, Service
from specloom.schemas.problems import SpecloomError

SECONDS = 5.0
"""Of processor time."""
MEGABYTES = 1500
"""Of address space, for what might end the process."""

Schema = dict[str, Any]


def whole(schema: Schema, schemas: Schema | None = None, **more: Any) -> str:
    content = {"application/json": {"schema": schema}}
    operation = {
        "operationId": "send",
        "requestBody": {"content": content},
        "responses": {"200": {"description": "ok", "content": content}},
    }
    paths = {
        "/x": {"post": operation},
        "/y": {"get": {"operationId": "other", "responses": {"200": {"description": "ok"}}}},
    }
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "Bomb", "version": "1"},
            "paths": paths,
            "components": {"schemas": schemas or {}},
            **more,
        }
    )


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def dag(make: Callable[[int], Schema], depth: int) -> str:
    """Schema 0 leads through `depth` others to the last."""
    return whole(ref("S0"), {**{f"S{i}": make(i) for i in range(depth)}, f"S{depth}": {"type": "string"}})


def nested(levels: int) -> Schema:
    schema: Schema = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


BOMBS: dict[str, Callable[[], str]] = {
    "properties that double": lambda: dag(lambda i: {"type": "object", "properties": {c: ref(f"S{i + 1}") for c in "abcdefgh"}}, 60),
    "allOf that doubles": lambda: dag(lambda i: {"allOf": [{**ref(f"S{i + 1}"), "description": c} for c in "ab"]}, 60),
    "oneOf that doubles": lambda: dag(lambda i: {"oneOf": [{"title": c, "allOf": [ref(f"S{i + 1}")]} for c in "abc"]}, 40),
    "oneOf of objects that doubles": lambda: dag(lambda i: {"type": "object", "oneOf": [{"title": c, "properties": {c: ref(f"S{i + 1}")}} for c in "abc"]}, 40),
    "anyOf within anyOf": lambda: dag(lambda i: {"anyOf": [ref(f"S{i + 1}")] * 20}, 30),
    "lists of lists": lambda: dag(lambda i: {"type": "array", "items": ref(f"S{i + 1}")}, 5000),
    "a long chain of allOf": lambda: dag(lambda i: {"allOf": [ref(f"S{i + 1}")], "title": str(i)}, 10_000),
    "a long chain of $ref": lambda: dag(lambda i: ref(f"S{i + 1}"), 10_000),
    "allOf of itself": lambda: whole(ref("A"), {"A": {"allOf": [ref("A"), {"properties": {"x": ref("A")}}]}}),
    "oneOf of itself": lambda: whole(ref("A"), {"A": {"oneOf": [ref("A"), {"type": "array", "items": ref("A")}]}}),
    "anyOf of each other": lambda: whole(ref("A"), {"A": {"anyOf": [ref("B"), {"type": "string"}]}, "B": {"anyOf": [ref("A"), ref("B")]}}),
    "$ref of itself": lambda: whole(ref("A"), {"A": ref("A"), "B": {"properties": {"a": ref("B")}}}),
    "a discriminator of itself": lambda: whole(ref("A"), {"A": {"discriminator": {"propertyName": "t", "mapping": {"a": "#/components/schemas/A"}}, "oneOf": [ref("A"), ref("A")]}}),
    "100,000 values": lambda: whole({"type": "object", "properties": {"e": {"type": "string", "enum": [f"value-{i}" for i in range(100_000)]}}}),
    "100,000 constants": lambda: whole({"type": "object", "properties": {"e": {"oneOf": [{"const": f"v{i}"} for i in range(100_000)]}}}),
    "20,000 properties": lambda: whole({"type": "object", "properties": {f"p{i}": {"type": "object", "properties": {"a": {"type": "string"}}} for i in range(20_000)}}),
    "2,000 alternatives": lambda: whole({"type": "object", "oneOf": [{"title": f"t{i}", "properties": {f"p{i}_{j}": {"type": "string"} for j in range(20)}} for i in range(2_000)]}),
    "20,000 parameters": lambda: json.dumps({"openapi": "3.0.0", "info": {"title": "P", "version": "1"}, "paths": {"/x": {"get": {"operationId": "send", "parameters": [{"name": f"p{i}", "in": "query", "schema": {"type": "string"}} for i in range(20_000)], "responses": {}}, "post": {"operationId": "other", "responses": {}}}}}),
    "equal operationIds": lambda: json.dumps({"openapi": "3.0.0", "info": {"title": "P", "version": "1"}, "paths": {f"/{'x' * (i % 7)}{i}": {"get": {"operationId": "send", "responses": {}}} for i in range(5_000)}}),
    "a description of 1 MB": lambda: whole({"type": "object", "description": "<p>" * 350_000, "properties": {"x": {"type": "string", "description": "y " * 500_000, "title": "z" * 1_000_000}}}),
    "a name of 1 MB": lambda: whole({"type": "object", "properties": {"x" * 1_000_000: {"type": "string"}}}),
    "an example 200 deep": lambda: whole({"type": "object", "properties": {"x": {"type": "object", "example": nested(100)}}}),
    "wide numbers": lambda: whole({"type": "object", "properties": {"x": {"type": "integer", "maximum": int("9" * 200), "minimum": -(10**250), "default": 10**200, "multipleOf": 10**300}}}),
}  # fmt: skip


def size(fields: tuple[Field, ...]) -> int:
    return sum(1 + size(f.fields) + (size((f.values,)) if f.values else 0) for f in fields)


def read(path: Path) -> Service:
    begun = time.process_time()
    service = load(path).service
    assert time.process_time() - begun < SECONDS
    return service


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_not_go_off(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bomb.json"
    path.write_text(BOMBS[name](), "utf-8")
    service = read(path)
    found = {operation.operation_id: operation for operation in service.operations}
    assert {"send", "other"} <= found.keys() or name == "equal operationIds"
    assert size(found["send"].fields) <= 25_000 and size(found["send"].output.fields) <= 5_000
    assert all(len(field.choices) <= 2_000 for field in found["send"].fields)
    assert all(len(field.name) <= 300 and len(field.description) <= 4_000 for field in found["send"].fields)


UNUSABLE = {
    "JSON nested 10,000 deep": whole({}).replace("{}", '{"a":' * 10_000 + "1" + "}" * 10_000, 1),
    "JSON nested 600 deep": whole(nested(300)),
    "flow YAML nested 10,000 deep": "openapi: 3.1.0\nx: " + "{a: " * 10_000 + "1" + "}" * 10_000,
    "brackets hidden by comments": "openapi: 3.1.0\nx:\n" + "".join(f" {'[':>3} # ]\n" for _ in range(10_000)),
    "brackets that only close first": "openapi: 3.1.0\ny: '" + "}" * 20_000 + "'\nx: " + "[" * 10_000,
    "block YAML nested 3,000 deep": "openapi: 3.1.0\n" + "".join(" " * i + "a:\n" for i in range(3_000)),
    "block YAML with carriage returns": "openapi: 3.1.0\r" + "".join(" " * i + "a:\r" for i in range(3_000)),
    "dashes in a row": "openapi: 3.1.0\nx:\n" + "- " * 10_000 + "1\n",
    "questions in a row": "openapi: 3.1.0\nx:\n  " + "? " * 10_000 + "1\n",
    "dashes below each other": "openapi: 3.1.0\nx:\n" + "".join(" " * i + "-\n" for i in range(3_000)),
    "aliases nested in aliases": "openapi: 3.1.0\na0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{x: *a{i - 1}}}\n" for i in range(1, 2_000)),
    "merge keys that double": "openapi: 3.1.0\na0: &a0 {k: {x: *a0}}\n",
    "a million laughs of text": f"openapi: 3.1.0\nt: &t {'x' * 900_000}\na: [" + ", ".join(["*t"] * 2_000) + "]\n",
    "an alias of nothing": "openapi: 3.1.0\na: *nothing\n",
    "a number of 5,000 digits as a key": "openapi: 3.1.0\n? [1, 2]\n: 3\n",
}  # fmt: skip

LOAD = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
from specloom.schemas.load import load
from specloom.schemas.problems import SpecloomError
for path in sys.argv[1:]:
    try:
        print(len(load(path).service.operations))
    except SpecloomError as error:
        print(error)
"""


@pytest.mark.linux
def test_deep_nesting_is_refused_and_never_ends_the_process(tmp_path: Path) -> None:
    paths = []
    for number, text in enumerate(UNUSABLE.values()):
        paths.append(tmp_path / f"{number}.yaml")
        paths[-1].write_bytes(text.encode())
    code = LOAD.format(limit=MEGABYTES * 1024 * 1024)
    ran = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, timeout=60)
    said = ran.stdout.splitlines()
    assert ran.returncode == 0, (list(UNUSABLE)[len(said)], ran.returncode, ran.stderr[-500:])
    assert len(said) == len(paths)
    for name, line in zip(UNUSABLE, said, strict=True):
        assert ": error: " in line and len(line) < 600, (name, line)


def test_merge_keys_do_not_multiply(tmp_path: Path) -> None:
    lines = ["openapi: 3.1.0", "info: {title: M, version: '1'}", "a0: &a0 {k: 1}"]
    lines += [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 10)}], k{i}: 2}}" for i in range(1, 40)]
    lines += ["paths: {/x: {get: {operationId: send, responses: {200: {description: ok, <<: *a39}}}}}"]
    path = tmp_path / "merge.yaml"
    path.write_text("\n".join(lines))
    assert [o.operation_id for o in read(path).operations] == ["send"]


@pytest.mark.parametrize(
    ("number", "problem"),
    [("1e999", True), ("NaN", True), ("-Infinity", True), ("9" * 400, True), ("1" * 25, False), ("1E+2", False)],
)
def test_numbers_no_other_language_holds(tmp_path: Path, number: str, problem: bool) -> None:
    path = tmp_path / "numbers.json"
    schema = {"type": "object", "properties": {"x": {"type": "number", "maximum": 12345, "example": 12345}}}
    path.write_text(whole(schema).replace("12345", number))
    service = read(path)
    assert ("number" in [p.code for p in service.problems]) == problem
    field = service.operations[0].fields[0]
    json.dumps([field.maximum, field.example, service.operations[0].output.sample], allow_nan=False)


def test_half_characters_are_mended(tmp_path: Path) -> None:
    path = tmp_path / "half.json"
    text = whole(
        {"type": "object", "properties": {"HALF": {"type": "string", "enum": ["HALF"], "description": "HALF"}}}
    )
    path.write_text(text.replace("HALF", "a\\ud83dz"))
    service = read(path)
    field = service.operations[0].fields[0]
    assert (field.name, field.choices[0].value) == ("a\ufffdz", "a\ufffdz")
    assert "text" in [p.code for p in service.problems]
    path.write_text(text.replace("HALF", "a\\ud83d\\ude00z"))
    assert read(path).operations[0].fields[0].name == "a\U0001f600z"


def test_json_escapes_are_read_in_yaml(tmp_path: Path) -> None:
    path = tmp_path / "escapes.yaml"
    path.write_text(
        'openapi: 3.1.0\ninfo: {title: "\\ud83d\\ude00 A", version: "1"}\npaths: {/x: {get: {responses: {}}}}\n'
    )
    assert read(path).title == "\U0001f600 A"


@pytest.mark.parametrize("name", ["twice.json", "twice.yaml"])
def test_keys_that_stand_twice_are_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(
        '{"openapi": "3.1.0",\n"paths": {"/x": {"get": {"responses": {}}},\n"/x": {"put": {"responses": {}}}}}\n'
    )
    service = read(path)
    assert [o.method for o in service.operations] == ["PUT"]
    assert "'/x' stands twice" in str(service.problems[0])


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system [echo]",
        "!!binary aGk=",
        "!!set {a, b}",
        "!Ref x",
        "!!timestamp 2024-01-01",
        "!!int x",
        "!!bool maybe",
        "!!float 1e999",
    ],
)
def test_yaml_tags_are_only_data(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tags.yaml"
    path.write_text(
        f"openapi: 3.1.0\nx: {text}\npaths: {{/x: {{get: {{operationId: send, responses: {{}}, description: {text}}}}}}}\n"
    )
    loaded = load(path)
    assert loaded.service.operations[0].operation_id == "send"
    json.dumps(loaded.source.root, allow_nan=False)


def test_an_unusual_file(tmp_path: Path) -> None:
    folder = tmp_path / "x.yaml"
    folder.mkdir()
    with pytest.raises(SpecloomError, match="no OpenAPI document in this folder"):
        load(folder)
    with pytest.raises(SpecloomError):
        load(tmp_path / "nul\0.yaml")

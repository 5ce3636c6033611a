"""What the JavaScript runtime gets of a service: all that a run needs, nothing that only people read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from specloom.generator.runtime.wire import expression, folded, runtime_files, wire, wire_field
from specloom.schemas.expressions import parse
from specloom.schemas.load import bundled, load
from specloom.schemas.model import (
    Choice,
    Condition,
    ErrorRules,
    Field,
    Job,
    Link,
    Operation,
    Output,
    Pagination,
    RateLimit,
    Service,
    Usage,
)


def service(**parts: Any) -> Service:
    operation = Operation(operation_id="run", resource="Thing", name="Run", **parts)
    return Service(key="sample", title="Sample", operations=(operation,))


def wired(**parts: Any) -> dict[str, Any]:
    found: dict[str, Any] = wire(service(**parts))["operations"]["run"]
    return found


def test_an_expression_is_sent_parsed() -> None:
    assert expression(parse("$response.body#/a~1b/0")) == {"parts": [{"root": "response.body", "path": ["a/b", "0"]}]}
    assert expression(parse("{$item#/id}.wav")) == {"parts": [{"root": "item", "path": ["id"]}, ".wav"]}
    assert expression(parse("$statusCode")) == {"parts": [{"root": "status", "path": []}]}


def test_what_is_usual_is_left_out() -> None:
    assert wired() == {
        "id": "run", "method": "GET", "path": "/", "accept": "application/json", "output": {"type": "none"},
    }  # fmt: skip


def test_texts_for_people_stay_behind() -> None:
    field = Field(
        name="a", pointer="/a", title="T", description="D", example="E", choices=(Choice(value=1, label="L"),)
    )
    assert wire_field(field) == {"name": "a", "in": "body", "pointer": "/a", "type": "string"}


@pytest.mark.parametrize("default", [False, 0, "", [], 5, "x"])
def test_every_default_is_sent(default: Any) -> None:
    assert wire_field(Field(name="a", default=default))["default"] == default


def test_a_constant_is_marked() -> None:
    constant = Field(name="kind", pointer="/kind", visibility="internal", default="picture")
    assert wire_field(constant)["constant"] is True
    assert "constant" not in wire_field(Field(name="kind", visibility="internal"))
    assert "constant" not in wire_field(Field(name="kind", visibility="advanced", default="picture"))
    assert "constant" not in wire_field(Field(name="v", location="query", visibility="internal", default="1"))


def test_fields_that_only_replies_have_are_dropped_at_every_depth() -> None:
    inner = (Field(name="id", pointer="/id", read_only=True), Field(name="n", pointer="/n"))
    outer = Field(name="o", pointer="/o", type="object", fields=inner, values=Field(name="value"))
    operation = wired(fields=(outer, Field(name="created", read_only=True)))
    assert [f["name"] for f in operation["fields"]] == ["o"]
    assert [f["name"] for f in operation["fields"][0]["fields"]] == ["n"]
    assert operation["fields"][0]["values"]["name"] == "value"


def test_conditions_keep_their_values() -> None:
    field = Field(name="a", when=(Condition(field="mode", values=(False, 0, "x")),))
    assert wire_field(field)["when"] == [{"field": "mode", "values": [False, 0, "x"]}]


def test_a_constant_in_a_link_cannot_be_taken_for_an_expression() -> None:
    link = Link(name="l", operation_id="get", parameters={"id": parse("$item#"), "odd": {"parts": ["x"]}})
    download = wired(output=Output(type="image", download=link))["output"]["download"]
    assert download["parameters"]["id"] == {"parts": [{"root": "item", "path": []}]}
    assert download["parameters"]["odd"] == {"value": {"parts": ["x"]}}


def test_a_free_call_costs_nothing_rather_than_an_unknown_sum() -> None:
    assert wired(usage=Usage(cost=0, unit="credits"))["usage"] == {"cost": 0, "unit": "credits"}


def everything() -> Service:
    """A service that has every part the wire knows."""
    text = parse("$response.body#/a")
    field = Field(
        name="a", pointer="/a", format="date", repeated=True, required=True, nullable=True, style="form", explode=True,
        allow_reserved=True, encoding="application/json", file="url", fields=(Field(name="b"),), values=Field(name="c"),
        when=(Condition(field="m", values=(1,)),), visibility="internal", default="d",
    )  # fmt: skip
    link = Link(name="l", operation_id="run", parameters={"id": text})
    job = Job(poll=link, status=text, succeeded=("s",), failed=("f",), canceled=("c",), queued=("q",), error=text,
              callback_field="hook")  # fmt: skip
    operation = Operation(
        operation_id="run", resource="Thing", name="Run", server="https://x", media_type="application/json",
        body_required=True, fields=(field,), job=job, usage=Usage(cost=text, unit="u", remaining=text), duration=4,
        output=Output(type="image", items=text, mapping={"url": text}, download=link, binary=True), sensitive=True,
        pagination=Pagination(style="page", items=text, parameter="p", size_parameter="s", next=text, more=text),
        security=({},),
    )  # fmt: skip
    return Service(
        key="k", title="T", operations=(operation,), errors=ErrorRules(message=text, types={"402": "x"}, retry_after=text),
        rate_limit=RateLimit(limit=text, remaining=5, reset=text),
    )  # fmt: skip


def test_every_key_is_typed_for_the_runtime() -> None:
    """wire.d.ts and wire.py say the same."""
    declared = set(re.findall(r"(\w+)\??:", runtime_files("ts")["wire.d.ts"].decode()))
    keys: set[str] = set()

    def collect(value: Any, path: tuple[str, ...] = ()) -> None:
        named = path and path[-1] in ("operations", "mapping", "parameters", "types")
        for key, inner in value.items() if isinstance(value, dict) else ():
            keys.update(() if named else (key,))
            collect(inner, (*path, key))
        for inner in value if isinstance(value, list) else ():
            collect(inner, path)

    collect(wire(everything()))
    assert keys - declared == set()
    assert {"constant", "callbackField", "sizeParameter", "retryAfter", "nullable", "bodyRequired"} <= keys


@pytest.mark.parametrize("key", sorted(bundled()))
def test_the_bundled_services_cross_as_json(key: str) -> None:
    told = load(bundled()[key]).service
    sent = wire(told)
    assert json.loads(json.dumps(sent, allow_nan=False)) == sent
    assert list(sent["operations"]) == [operation.operation_id for operation in told.operations]


def test_strangers_keys_stay_keys(loaded: Callable[[str], Service]) -> None:
    told = loaded("""
        paths:
          /a:
            post:
              operationId: __proto__
              requestBody:
                content:
                  application/json:
                    schema: {type: object, properties: {constructor: {type: string}, "={{ 1 }}": {type: string}}}
              responses: {"200": {description: ok}}
        """)
    operation = wire(told)["operations"]["__proto__"]
    assert [field["pointer"] for field in operation["fields"]] == ["/constructor", "/={{ 1 }}"]


def test_folded_fields_stand_once_under_names_of_their_own() -> None:
    limit, other = Field(name="limit", pointer="/limit"), Field(name="limit", pointer="/limit", required=True)
    strange = Field(name="__proto__", pointer="/__proto__")
    asked = [(limit, strange), (other, limit), (Field(name="limit", pointer="/limit"),), ()]
    operations = tuple(
        Operation(operation_id=f"o{n}", name="O", resource="R", method="GET", path="/", fields=fields)
        for n, fields in enumerate(asked)
    )
    whole = wire(Service(key="k", title="T", operations=operations))
    stored = folded(whole)
    assert [one.get("fields") for one in stored["operations"].values()] == [
        ["limit~1", "__proto__~1"], ["limit~2", "limit~1"], ["limit~1"], None,
    ]  # fmt: skip
    assert stored["inputs"] == {"limit~1": whole["operations"]["o0"]["fields"][0], "limit~2": wire_field(other),
                                "__proto__~1": wire_field(strange)}  # fmt: skip


def test_the_runtime_is_whole() -> None:
    """Every module another one imports is among the files, in both languages."""
    sources, compiled = runtime_files("ts"), runtime_files("js")
    assert "core.ts" in sources and "core.js" in compiled and "wire.d.ts" in sources
    assert {name.removesuffix(".ts") for name in sources} - {"wire.d"} == {n.removesuffix(".js") for n in compiled}
    for name, content in compiled.items():
        for target in re.findall(r'require\("([^"]+)"\)', content.decode()):
            assert target.startswith("./") and f"{target[2:]}.js" in compiled, f"{name} requires {target}"

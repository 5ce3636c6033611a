"""OpenAPI Overlay: each of the cases the specification's own test sets have, what 1.1 adds, and hostile overlays."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from specloom.schemas.document.overlay import apply, checked, read
from specloom.schemas.load import load
from specloom.schemas.problems import SpecloomError

TOWN: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Town", "version": "1.0.0"},
    "servers": [
        {"url": "https://town.example", "description": "Live"},
        {"url": "https://dev.town.example", "description": "Dev"},
    ],
    "paths": {
        "/houses": {
            "get": {
                "summary": "List houses",
                "tags": ["House"],
                "parameters": [{"name": "street", "in": "query"}, {"name": "page", "in": "query"}],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"type": "object", "properties": {
                        "street": {"type": "string"}, "number": {"type": "integer"}, "name": {"type": "string"}}}}}},
                    "500": {"description": "broken"},
                    "default": {"description": "else"},
                },
            }
        },
        "/streets": {
            "get": {"summary": "List streets", "responses": {"200": {"description": "ok"}, "500": {"description": "no"}}},
            "post": {"responses": {"default": {"description": "else"}}},
        },
    },
    "components": {"schemas": {"House": {"properties": {"name": {"type": "string", "example": "Casa"}}}}},
}  # fmt: skip


def laid(actions: list[dict[str, Any]], version: str = "1.0.0", document: Any = None) -> tuple[Any, list[str]]:
    """The document after the actions, and the problems as 'level: message'."""
    overlay = checked({"overlay": version, "info": {"title": "T", "version": "1"}, "actions": actions})
    before = TOWN if document is None else document
    kept = copy.deepcopy(before)
    done = apply(before, overlay)
    assert before == kept, "the document given must stay as it is"
    return done.document, [f"{problem.level}: {problem.message}" for problem in done.problems]


def changed(change: Callable[[Any], None]) -> Any:
    expected = copy.deepcopy(TOWN)
    change(expected)
    return expected


def _license(d: Any) -> None:
    d["info"]["license"] = {"name": "MIT", "url": "https://opensource.org/licenses/MIT"}


def _texts(d: Any) -> None:
    d["paths"]["/houses"]["get"].update(summary="All houses", description="Every house of the town")


def _many(d: Any) -> None:
    houses, streets = d["paths"]["/houses"], d["paths"]["/streets"]
    del houses["get"]["summary"]
    houses["get"].update({"tags": ["House", "wild", "overlayed"], "x-info": {"by": "overlay"}})
    streets["get"]["tags"] = ["wild"]
    houses["post"] = {"x-foo": {"bar": "hello"}}
    streets["post"]["x-foo"] = {"bar": "hello"}


def _responses(d: Any) -> None:
    del d["paths"]["/houses"]["get"]["responses"]["500"]
    del d["paths"]["/houses"]["get"]["responses"]["default"]
    del d["paths"]["/streets"]["get"]["responses"]["500"]
    del d["paths"]["/streets"]["post"]["responses"]["default"]


def _strings(d: Any) -> None:
    schema = d["paths"]["/houses"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    schema["properties"] = {"number": {"type": "integer"}}


def _no_dev(d: Any) -> None:
    del d["servers"][1]


def _sandbox(d: Any) -> None:
    d["servers"] = [{"url": "http://localhost:3000"}]


def _no_example(d: Any) -> None:
    del d["components"]["schemas"]["House"]["properties"]["name"]["example"]


def _page(d: Any) -> None:
    d["paths"]["/houses"]["get"]["parameters"][1]["description"] = "From 1"


def _root(d: Any) -> None:
    d["info"]["x-overlaid"] = True


SETS: dict[str, tuple[list[dict[str, Any]], Callable[[Any], None]]] = {
    "add a license": ([{"target": "$.info", "update": {"license": {"name": "MIT", "url": "https://opensource.org/licenses/MIT"}}}], _license),
    "description and summary": ([{"target": "$.paths['/houses'].get", "update": {"summary": "All houses", "description": "Every house of the town"}}], _texts),
    "many operations": ([
        {"target": "$.paths['/houses'].get.summary", "remove": True},
        {"target": "$.paths.*.get", "update": {"tags": ["wild"]}},
        {"target": "$.paths['/houses'].get", "update": {"x-info": {"by": "overlay"}, "tags": ["overlayed"]}},
        {"target": "$.paths.*", "update": {"post": {"x-foo": {"bar": "hello"}}}},
    ], _many),
    "remove an example": ([{"target": "$.components.schemas.House.properties['name'].example", "remove": True}], _no_example),
    "remove matching responses": ([
        {"target": "$.paths..responses['500']", "remove": True},
        {"target": "$.paths..responses['default']", "remove": True},
    ], _responses),
    "remove properties by a filter": ([{"target": "$.paths['/houses'].get.responses['200']..properties[?(@.type == 'string')]", "remove": True}], _strings),
    "remove a server by a filter": ([{"target": "$.servers[?( @.description == 'Dev' )]", "remove": True}], _no_dev),
    "replace the servers": ([
        {"target": "$.servers", "remove": True},
        {"target": "$", "update": {"servers": [{"url": "http://localhost:3000"}]}},
    ], _sandbox),
    "update the root": ([{"target": "$", "update": {"info": {"x-overlaid": True}}}], _root),
    "a filter on parameters": ([{"target": "$.paths.*.get.parameters[?@.name=='page' && @.in=='query']", "update": {"description": "From 1"}}], _page),
}  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_known_good_overlays(name: str) -> None:
    actions, change = SETS[name]
    assert laid(actions) == (changed(change), [])


def test_a_list_takes_one_entry_in_1_0_and_is_joined_in_1_1() -> None:
    new = {"url": "https://new.example"}
    assert laid([{"target": "$.servers", "update": new}])[0]["servers"][2] == new
    assert laid([{"target": "$.servers", "update": [new]}])[0]["servers"][2] == [new]
    assert laid([{"target": "$.servers", "update": [new]}], "1.1.0")[0]["servers"][2] == new
    assert laid([{"target": "$.servers", "update": new}], "1.1.0")[0]["servers"][2] == new


def test_1_1_replaces_plain_values_and_copies() -> None:
    summary = {"target": "$.paths['/houses'].get.summary", "update": "Houses"}
    document, problems = laid([summary], "1.1.0")
    assert document["paths"]["/houses"]["get"]["summary"] == "Houses" and not problems
    assert laid([summary])[1] == ["error: the target is neither an object nor a list: target what holds it"]
    copied: list[dict[str, Any]] = [
        {"target": "$.paths['/streets']", "update": {"put": {}}},
        {"target": "$.paths['/streets'].put", "copy": "$.paths['/houses'].get"},
    ]
    document, problems = laid(copied, "1.1.0")
    assert document["paths"]["/streets"]["put"] == TOWN["paths"]["/houses"]["get"] and not problems
    inside = [{"target": "$.info", "copy": "$"}]
    document, problems = laid(inside, "1.1.0")
    assert json.dumps(document) and document["info"]["paths"] == TOWN["paths"], "no cycle comes of it"


def test_the_last_of_several_removals_in_one_list_hits_what_it_meant() -> None:
    document, problems = laid([{"target": "$.paths['/houses'].get.parameters[0,1,0]", "remove": True}])
    assert document["paths"]["/houses"]["get"]["parameters"] == [] and not problems
    nested = {"a": [{"b": 1, "c": {"b": 2}}, {"b": 3}], "b": 4}
    assert laid([{"target": "$..b", "remove": True}], document=nested)[0] == {"a": [{"c": {}}, {}]}


def test_what_an_anchor_shares_stays_apart() -> None:
    document = yaml.safe_load("{a: &x {n: {v: 1}}, b: *x}")
    actions = [{"target": "$.a.n", "update": {"v": 2}}, {"target": "$.b", "update": {"w": 1}}]
    assert laid(actions, document=document)[0] == {"a": {"n": {"v": 2}}, "b": {"n": {"v": 1}, "w": 1}}


def test_one_update_in_many_places_is_not_shared_either() -> None:
    actions = [{"target": "$.*", "update": {"n": {"v": 1}}}, {"target": "$.a.n", "update": {"v": 2}}]
    assert laid(actions, document={"a": {}, "b": {}})[0] == {"a": {"n": {"v": 2}}, "b": {"n": {"v": 1}}}


FAULTS = [
    ({"target": "$.nothing", "remove": True}, "warning: target '$.nothing' selects nothing"),
    ({"target": "$.info[", "remove": True}, "error: target '$.info[' is no JSONPath"),
    ({"target": "$.info[?length(@.a)]", "remove": True}, "is no JSONPath"),
    ({"remove": True}, "error: the action has no target"),
    ({"target": 5, "update": {}}, "error: the action has no target"),
    ({"target": "$", "remove": True}, "error: the whole document cannot be removed"),
    ({"target": "$.info"}, "error: the action has neither 'update' nor 'remove: true'"),
    ({"target": "$.info", "update": "text"}, "error: the target is an object: 'update' has to be one too"),
    ({"target": "$.info.title", "update": {}}, "error: the target is neither"),
]


@pytest.mark.parametrize(("action", "message"), FAULTS)
def test_an_action_that_cannot_be_is_told_and_changes_nothing(action: dict[str, Any], message: str) -> None:
    good = {"target": "$.info", "update": {"x-after": True}}
    document, problems = laid([action, good])
    assert document == changed(lambda d: d["info"].update({"x-after": True})), "the next action still runs"
    assert len(problems) == 1 and message in problems[0]


@given(st.text(max_size=30))
def test_any_text_as_a_target_ends_in_a_result_or_a_problem(text: str) -> None:
    document, problems = laid([{"target": text, "update": {"x": 1}}, {"target": "$" + text, "remove": True}])
    assert isinstance(document, dict) and all(problem.startswith(("error", "warning")) for problem in problems)


REFUSED = [
    ("{}", "not an Overlay document"),
    ("overlay: 2.0.0\ninfo: {title: T, version: 1}\nactions: [{target: $, update: {}}]", "version '2.0.0' is not known"),
    ("overlay: 1.0.0\nactions: [{target: $, update: {}}]", "no info"),
    ("overlay: 1.0.0\ninfo: {title: T, version: 1}\nactions: []", "no list of actions"),
    ("overlay: 1.0.0\ninfo: {title: T, version: 1}\nactions: [text]", "no list of actions"),
    ("openapi: 3.0.0\npaths: {}", "not an Overlay document"),
    ("overlay: [", "not valid YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_is_no_overlay_is_refused_in_one_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "o.yaml"
    path.write_text(text)
    with pytest.raises(SpecloomError) as refused:
        read(path)
    assert message in str(refused.value) and "\n" not in str(refused.value)


DOCUMENT = """\
paths:
  /things:
    get:
      operationId: listThings
      responses: {"200": {description: ok, content: {application/json: {schema: {type: array, items: {type: object, properties: {id: {type: string}}}}}}}}
"""


def test_load_reads_the_document_with_its_overlays(document: Callable[..., Path], tmp_path: Path) -> None:
    overlay = tmp_path / "names.yaml"
    overlay.write_text("""\
overlay: 1.0.0
info: {title: Names, version: 1.0.0}
actions:
  - target: $.paths['/things'].get
    update: {summary: list everything, x-specloom: {trigger: {dedupe: id}}}
  - target: $.paths['/gone']
    remove: true
""")
    service = load(document(DOCUMENT), overlays=[read(overlay)]).service
    assert service.operations[0].name == "List Everything"
    assert [trigger.dedupe for trigger in service.triggers] == ["id"]
    (problem,) = [problem for problem in service.problems if problem.code == "overlay"]
    assert problem.location.file.endswith("names.yaml") and problem.location.line == 6


def test_overlays_come_one_after_the_other(document: Callable[..., Path], tmp_path: Path) -> None:
    for name, action in (("a", "update: {summary: one}"), ("b", "update: {summary: two}")):
        (tmp_path / f"{name}.yaml").write_text(
            f'overlay: 1.0.0\ninfo: {{title: T, version: 1}}\nactions: [{{target: "$..get", {action}}}]\n'
        )
    overlays = [read(tmp_path / "a.yaml"), read(tmp_path / "b.yaml")]
    assert load(document(DOCUMENT), overlays=overlays).service.operations[0].name == "Two"


def test_what_gets_too_deep_is_refused(document: Callable[..., Path], tmp_path: Path) -> None:
    deep = "x-a"
    target, actions = "$", []
    for _ in range(20):
        value: Any = {}
        for _ in range(20):
            value = {deep: value}
        actions.append({"target": target, "update": value})
        target += f"['{deep}']" * 20
    path = tmp_path / "deep.json"
    path.write_text(json.dumps({"overlay": "1.0.0", "info": {"title": "T", "version": "1"}, "actions": actions}))
    with pytest.raises(SpecloomError, match="levels deep"):
        load(document(DOCUMENT), overlays=[read(path)])

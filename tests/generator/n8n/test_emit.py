"""What the n8n emitter writes, looked at as data; what runs is in tests/platforms/test_n8n_*.py."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from specloom.generator.n8n.credentials.emit import credentials
from specloom.generator.n8n.credentials.servers import address
from specloom.generator.n8n.emit import emit
from specloom.generator.n8n.fields.controls import choice_value, layout
from specloom.generator.n8n.fields.forms import form, parameters
from specloom.generator.n8n.fields.properties import properties
from specloom.generator.n8n.names import class_name, node_name, operation_key, parameter_name, resource_key
from specloom.generator.n8n.node.steps import groups
from specloom.generator.n8n.package.render import Literals, literal, markdown, wrapped
from specloom.generator.n8n.text import (
    help_text,
    label,
    option_label,
    sentence_case,
    singular,
    sort_key,
    title_case,
    whether,
)
from specloom.generator.output.writer import write
from specloom.generator.platforms import Emission, EmitOptions
from specloom.schemas.load import bundled, load
from specloom.schemas.model import (
    Auth,
    Choice,
    Condition,
    Field,
    Operation,
    Output,
    PackageOwner,
    Server,
    ServerVariable,
    Service,
)
from tests import SHOWCASE
from tests.platforms import toolchain
from tests.support.n8n_hostile import PAYLOADS, hostile_service

Json = dict[str, Any]
NODE = toolchain.node()
READ = """
const Module = require('module');
const load = Module._load;
const types = { NodeConnectionTypes: { Main: 'main' }, sleep() {}, NodeApiError: class {}, NodeOperationError: class {} };
Module._load = (name, ...rest) => (name === 'n8n-workflow' ? types : load(name, ...rest));
const found = {};
for (const file of process.argv.slice(1)) {
  for (const [name, kind] of Object.entries(require(file))) found[name] = new kind();
}
const clean = globalThis.PWNED === undefined && ({}).x === undefined && ({}).polluted === undefined;
console.log(JSON.stringify({ clean, found }));
"""
SAFE_PATH = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


def operation(*fields: Field, **more: Any) -> Operation:
    given: Json = {
        "operation_id": "makeThing", "resource": "Thing", "name": "Make a Thing", "description": "Makes one.",
        "method": "POST", "path": "/things", "media_type": "application/json",
    }  # fmt: skip
    return Operation(**{**given, "fields": fields, **more})


def service(*operations: Operation, **more: Any) -> Service:
    given: Json = {"key": "sample", "title": "Sample", "auth": Auth(id="key", kind="apiKey", value_prefix="Bearer ")}
    given.update(more, operations=operations)
    return Service(**{"servers": (Server(url="https://api.example.com"),), **given})


def made(*fields: Field) -> dict[str, Json]:
    """The parameters of an operation with these fields, by name; those of Additional Fields under its name."""
    found = properties(layout(fields, "makeThing"), "Sample")
    more: list[Json] = next((p["options"] for p in found if p["name"] == "additionalFields"), [])
    return {p["name"]: p for p in [*found, *more]}


def loaded(emission: Emission, folder: Path) -> Json:
    """The classes n8n would load, as it would see them, and whether loading them did anything else."""
    write(folder, emission.files)
    manifest = json.loads(emission.files["package.json"])["n8n"]
    files = [str(folder / path) for path in (*manifest["credentials"], *manifest["nodes"])]
    done = subprocess.run([str(NODE), "-e", READ, *files], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    result: Json = json.loads(done.stdout)
    return result


def strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from strings(item, f"{path}/{i}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(item, f"{path}/{key}")


# --- hostile documents


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_nothing_of_a_hostile_document_becomes_code_or_a_path(text: str, tmp_path: Path) -> None:
    emission = emit(hostile_service(text), EmitOptions())
    assert all(SAFE_PATH.fullmatch(path) and ".." not in path for path in emission.files)
    for content in emission.files.values():
        content.decode("utf-8")
    result = loaded(emission, tmp_path / "out")
    assert result["clean"], "a text ran as code"


OURS = re.compile(
    r'=\{\{ \$parameter\["(operation|event)"\][.]replace\(/\(\[a-z0-9\]\)\(\[A-Z\]\)/g, "\$1 \$2"\)'
    r'[.]replace\(/\[_-\]\+/g, " "\)[.]toLowerCase\(\) \}\}'
    r"|=\{\{\$credentials\.apiKey\}\}"
    r'|=Bearer \{\{\(\$credentials\.apiKey \|\| ""\)\.replace\(/\^Bearer /i, ""\)\}\}'
    r"|=[A-Za-z0-9_.]+=\{\{\$credentials\.apiKey\}\}"  # a cookie
    r'|=\{\{ \(\$credentials\.baseUrl \|\| [^{}]*\)\.trim\(\)\.replace\(/\[/\]\+\$/, ""\) \}\}'
)


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_nothing_of_a_hostile_document_becomes_an_expression(text: str, tmp_path: Path) -> None:
    """n8n runs every parameter's value, default and routing text that begins with '='."""
    result = loaded(emit(hostile_service(text), EmitOptions()), tmp_path / "out")
    for path, value in strings(result["found"]):
        if value.startswith("="):
            assert OURS.fullmatch(value), (path, value)


def test_the_base_url_expression_holds_no_text_that_could_end_it() -> None:
    for text in PAYLOADS:
        found = address(Service(key="x", title="X", servers=(Server(url=f"https://a{text}.example.com"),)))
        assert "PWNED" not in found.expression and "$env" not in found.expression
        braces = found.expression.removeprefix("={{").removesuffix("}}")
        assert "{{" not in braces and "}}" not in braces


def test_choices_that_look_like_expressions_are_written_behind_a_prefix() -> None:
    item = Field(
        name="mode",
        pointer="/mode",
        required=True,
        choices=(Choice(value="=1", label="One"), Choice(value="b", label="B")),
    )
    found = made(item)["mode"]
    assert [o["value"] for o in found["options"]] == ["text:=1", "b"]
    assert choice_value("text:x") == "text:text:x"


def test_documents_cannot_fill_memory_or_the_readme() -> None:
    emission = emit(hostile_service("x" * 1_000_000), EmitOptions())
    readable = [n for n in emission.files if "operations.json" not in n and "/core/" not in n]
    assert sum(len(emission.files[n]) for n in readable) < 3_000_000
    assert len(emission.files["README.md"]) < 20_000


def test_markdown_of_strangers_is_text() -> None:
    assert markdown("[x](javascript:1) `a` <b> | *c*\n# d") == r"\[x\]\(javascript:1\) \`a\` &lt;b&gt; \| \*c\* \# d"


# --- words


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a list of urls", "A List of URLs"),
        ("order id", "Order ID"),
        ("vidu-q2 json", "Vidu-Q2 JSON"),
        ("=x", "X"),
        ("<b>", "(B)"),
    ],
)
def test_labels(given: str, expected: str) -> None:
    assert label(given) == expected


def test_title_case_is_what_npm_title_case_does() -> None:
    assert title_case("get TTS of a 3d-model via iOS") == "Get TTS of a 3d-Model via iOS"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("png", "png"),
        ("nano-banana", "nano-banana"),
        ("text", "Text"),
        ("*", "[All]"),
        ("", "[Empty]"),
        ("16:9", "16:9"),
    ],
)
def test_option_labels(given: str, expected: str) -> None:
    assert option_label(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Generate a 3D Model", "Generate a 3D model"),
        ("A face swap", "A Face swap"),
        ("Turn Text Into Speech", "Turn text into speech"),
        ("Don't stop", "Dont stop"),
        ("日本", "Make thing"),
    ],
)
def test_actions(given: str, expected: str) -> None:
    assert sentence_case(given, "makeThing") == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("one sentence.",), "One sentence"),
        (("One", "two"), "One. two."),
        (("a < b & c",), "A &lt; b &amp; c"),
        (("the id of the url",), "The ID of the URL"),
        (("Name",), ""),
        (("Sizes, e.g. 3",), "Sizes, e.g. 3"),
    ],
)
def test_help(parts: tuple[str, ...], expected: str) -> None:
    assert help_text(*parts, name="Name") == expected


def test_yes_or_no_questions_begin_with_whether() -> None:
    assert whether("Loop", "Whether to loop") == "Whether to loop"
    assert whether("Loop", "Plays it again") == "Whether to turn on Loop. Plays it again."


def test_lists_are_sorted_as_javascript_sorts_them() -> None:
    names = ["b", "A", "a", "[Not Set]", "10", "9", "1:1", "16:9", "É", "z", "_x"]
    assert sorted(names, key=sort_key) == ["_x", "[Not Set]", "1:1", "10", "16:9", "9", "a", "A", "b", "É", "z"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Images", "Image"),
        ("Style DNA", "Style DNA"),
        ("Categories", "Category"),
        ("Status", "Status"),
        ("People", "Person"),
        ("Our Menus", "Our Menu"),
        ("OS", "OS Resource"),
        ("SMS", "SMS Resource"),
        ("Dns", "Dns Resource"),
        ("VMs", "VM"),
        ("Apps", "App"),
        ("Ads", "Ad"),
        ("Tags", "Tag"),
    ],
)
def test_resources_are_singular(given: str, expected: str) -> None:
    assert singular(given) == expected


# --- names


def test_names_are_stable_and_safe() -> None:
    assert (resource_key("Style DNA"), resource_key(""), resource_key("日本")) == (
        "styleDna",
        "default",
        "tag_cf2abf0c",
    )
    assert parameter_name("имя") not in ("field", parameter_name("цена"))  # a number would pass to another name later
    assert (operation_key("make/thing.v2"), operation_key("createX")) == ("make_thing_v2", "createX")
    assert (parameter_name("a.b[0]"), parameter_name("limit"), parameter_name("__proto__")) == (
        "a_b_0",
        "limitValue",
        "proto",
    )
    assert (node_name("my-tool"), class_name("a1-2b")) == ("myToolApi", "A12b")


def test_keys_people_saved_stay_when_the_document_grows() -> None:
    one = Field(name="prompt", pointer="/prompt", required=True)
    small = service(operation(one))
    grown = service(
        operation(one, Field(name="added", pointer="/added")),
        operation(operation_id="aaa", resource="Another", name="Aaa"),
        operation(operation_id="zzz", name="Make a Thing"),
    )

    def saved(given: Service) -> set[tuple[str, str, str]]:
        return {(g.key, s.key, c.name) for g in groups(given) for s in g.steps for c in s.layout}

    assert saved(small) <= saved(grown)


# --- controls


def test_required_fields_stand_on_top_and_the_rest_on_demand() -> None:
    found = properties(layout([
        Field(name="mood", pointer="/mood", choices=(Choice(value="a", label="A"),)),
        Field(name="prompt", pointer="/prompt", required=True, max_length=500),
    ], "makeThing"), "Sample")  # fmt: skip
    assert [p["name"] for p in found] == ["prompt", "additionalFields"]
    assert found[0]["required"] is True and found[0]["typeOptions"] == {"rows": 4, "maxLength": 500}
    assert found[0]["description"] == "At most 500 characters"


def test_choices_that_decide_what_comes_of_it_stand_on_top() -> None:
    offered = (Choice(value="a", label="A"),)
    fields = [
        Field(name="aspect_ratio", pointer="/aspect_ratio", choices=offered),
        Field(name="voice", pointer="/voice", choices=offered, open=True),
        Field(name="style", pointer="/style"),
        Field(name="model", pointer="/model", choices=offered, visibility="advanced"),
    ]
    found = properties(layout(fields, "makeThing"), "Sample")
    assert [p["name"] for p in found] == ["aspect_ratio", "voice", "additionalFields"]
    assert found[0]["options"][0] == {"name": "[Not Set]", "value": ""} and found[0]["default"] == ""


def test_a_prompt_stands_on_top_although_it_may_be_absent() -> None:
    found = made(Field(name="prompt", pointer="/prompt", default="cat"))["prompt"]
    assert "required" not in found and found["default"] == "", "nothing unset is sent"


def test_limits_become_type_options() -> None:
    found = made(
        Field(name="n", pointer="/n", type="integer", minimum=0, exclusive_minimum=True, maximum=4.5, default=2)
    )["n"]
    assert found["typeOptions"] == {"minValue": 1, "maxValue": 4, "numberPrecision": 0} and found["default"] == 2


def test_fields_of_an_unchosen_alternative_are_hidden() -> None:
    found = made(
        Field(
            name="method",
            pointer="/method",
            required=True,
            choices=(Choice(value="a", label="A"), Choice(value="b", label="B")),
        ),
        Field(name="must", pointer="/must", required=True, when=(Condition(field="method", values=("a",)),)),
        Field(name="may", pointer="/may", when=(Condition(field="method", values=("b",)),)),
    )
    assert found["must"]["displayOptions"] == {"show": {"method": ["a"]}}
    assert found["may"]["displayOptions"] == {"show": {"/method": ["b"]}}, "inside a collection the root is meant"


def test_inferred_fields_say_so() -> None:
    found = made(
        Field(name="format", pointer="/format", description="The format.", inferred="Only the samples show it")
    )
    assert found["format"]["description"] == "The format. Not documented by Sample: Only the samples show it."


def test_secrets_are_masked() -> None:
    assert made(Field(name="api_token", pointer="/t"))["api_token"]["typeOptions"] == {"password": True}
    assert made(Field(name="pin", pointer="/p", secret=True))["pin"]["typeOptions"] == {"password": True}
    assert (
        "typeOptions" not in made(Field(name="max_tokens", pointer="/m", type="string", max_length=None))["max_tokens"]
    )


def test_read_only_and_internal_fields_are_not_asked_for() -> None:
    found = made(
        Field(name="id", pointer="/id", read_only=True),
        Field(name="old", pointer="/old", visibility="internal", default=1),
    )
    assert found == {}


def nested() -> tuple[Field, ...]:
    point = Field(name="point", pointer="/point", type="object", fields=(
        Field(name="x", pointer="/x", type="number", required=True),
        Field(name="tag", pointer="/tag"),
        Field(name="on", pointer="/on", type="boolean"),
    ))  # fmt: skip
    rows = Field(name="rows", pointer="/rows", type="object", repeated=True, fields=(
        Field(name="text", pointer="/text", required=True), Field(name="deep", pointer="/deep", type="object", fields=(point,)),
    ))  # fmt: skip
    words = Field(name="words", pointer="/words", repeated=True)
    free = Field(name="free", pointer="/free", type="object", values=Field(name="value"))
    return point, rows, words, free


def test_nested_objects_become_collections() -> None:
    found = made(*nested())
    values = {v["name"]: v for v in found["point"]["options"][0]["values"]}
    assert "required" not in values["x"], "n8n looks for it where it is not: the service tells"
    assert [o["value"] for o in values["on"]["options"]] == ["", False, True], "not set, no, yes"
    assert found["rows"]["typeOptions"]["multipleValues"] is True
    assert found["words"]["typeOptions"]["multipleValues"] is True
    assert found["free"]["options"][0]["name"] == "items"


def test_what_an_object_that_always_stands_needs_is_required() -> None:
    point, *_ = nested()
    values = {v["name"]: v for v in made(replace(point, required=True))["point"]["options"][0]["values"]}
    assert values["x"]["required"] is True


def test_inputs_become_the_parameters_that_a_workflow_holds() -> None:
    given = {
        "point": {"x": 1, "on": False},
        "rows": [{"text": "a", "deep": {"point": {"x": 2}}}],
        "words": ["a", "b"],
        "free": {"k": "v"},
    }
    held = parameters(layout(nested(), "makeThing"), given)
    assert held == {
        "additionalFields": {
            "point": {"value": {"x": 1, "on": False}},
            "rows": {"items": [{"text": "a", "deep": {"value": {"point": {"value": {"x": 2}}}}}]},
            "words": ["a", "b"],
            "free": {"items": [{"name": "k", "value": "v"}]},
        }
    }
    with pytest.raises(KeyError, match="nothing"):
        parameters(layout(nested(), "makeThing"), {"nothing": 1})


def test_too_deep_objects_are_asked_for_as_json() -> None:
    deep = Field(name="leaf", pointer="/leaf")
    for number in range(50):
        deep = Field(name=f"o{number}", pointer=f"/o{number}", type="object", fields=(deep,))
    assert "json" in json.dumps(made(deep)) and len(json.dumps(form(layout([deep], "x")))) < 2000


def test_both_file_forms_offer_their_sources() -> None:
    as_text = made(Field(name="image", pointer="/image", file="base64", required=True))
    assert [o["value"] for o in as_text["imageSource"]["options"]] == ["binary", "url", "text"]
    as_bytes = made(Field(name="image", pointer="/image", type="file", file="binary"))
    sources = as_bytes["image"]["options"][0]["values"][0]["options"]
    assert [o["value"] for o in sources] == ["binary", "url"]


def test_dynamic_choices_load_from_a_call() -> None:
    showcase = load(SHOWCASE).service
    plan = json.loads(emit(showcase, EmitOptions()).files["nodes/Showcase/operations.json"])
    assert plan["loaders"]["makePicture.style"]["operation"] == "listStyles"
    assert plan["lists"]["makePicture.model"][0].keys() >= {"name", "value"}


# --- credentials


def kinds(*auths: Auth, **more: Any) -> list[Any]:
    found, problems = credentials(service(operation(), auth=auths[0], other_auths=auths[1:], **more))
    return [*found, *problems]


def test_every_kind_of_key() -> None:
    header, query, cookie, basic = kinds(
        Auth(id="a", kind="apiKey", name="X-Key"),
        Auth(id="b", kind="apiKey", location="query", name="key"),
        Auth(id="c", kind="apiKey", location="cookie", name="sid"),
        Auth(id="d", kind="http", scheme="basic"),
    )
    assert header.authenticate["properties"] == {"headers": {"X-Key": "={{$credentials.apiKey}}"}}
    assert query.authenticate["properties"] == {"qs": {"key": "={{$credentials.apiKey}}"}}
    assert cookie.authenticate["properties"] == {"headers": {"Cookie": "=sid={{$credentials.apiKey}}"}}
    assert set(basic.authenticate["properties"]["auth"]) == {"username", "password"}
    assert len({c.name for c in (header, query, cookie, basic)}) == 4


def test_oauth2_extends_n8ns_own() -> None:
    code, machine = kinds(
        Auth(id="o", kind="oauth2", flow="authorizationCode", authorization_url="https://a", token_url="https://t"),
        Auth(
            id="m",
            kind="oauth2",
            flow="clientCredentials",
            token_url="https://t",
            scopes=(Choice(value="read", label="Read"),),
        ),
    )
    assert code.extends == machine.extends == ("oAuth2Api",) and code.name == "sampleSpecloomOAuth2Api"
    hidden = {p["name"]: p["default"] for p in machine.properties if p["type"] == "hidden"}
    assert (hidden["grantType"], hidden["scope"]) == ("clientCredentials", "read")


def test_what_n8n_cannot_express_is_reported() -> None:
    address_only, problem = kinds(Auth(id="x", kind="http", scheme="digest"))
    assert address_only.secrets == {}
    assert problem.code == "n8n-auth" and "digest" in problem.message


def test_addresses() -> None:
    def names(*variables: ServerVariable, url: str) -> tuple[list[str], bool]:
        found = address(service(servers=(Server(url=url, variables=variables),)))
        return [p["name"] for p in found.properties], found.required

    assert names(url="https://api.example.com") == (["baseUrl"], False)
    assert names(ServerVariable(name="host"), url="https://{host}/v1") == (["baseUrl"], True)
    region = ServerVariable(name="region", default="eu", choices=("eu", "us"))
    assert names(region, url="https://{region}.example.com") == (["server_region", "baseUrl"], False)
    assert names(ServerVariable(name="tenant"), url="https://{tenant}.example.com") == (
        ["server_tenant", "baseUrl"],
        False,
    )
    several = service(
        servers=(Server(url="https://a.example.com"), Server(url="https://b.example.com", description="sandbox"))
    )
    assert [p["name"] for p in address(several).properties] == ["server", "baseUrl"]


def test_the_connection_test_of_a_service_without_a_free_read() -> None:
    tuen = load(bundled()["tuen"]).service
    test = credentials(tuen)[0][0].test
    assert test is not None
    request = test["request"]
    assert (request["method"], request["body"]) == ("POST", "{}")
    thrown = set(request["ignoreHttpStatusErrors"]["except"])
    assert {401, 403, 404, 500, 302} <= thrown and not {400, 402, 422, 429} & thrown


# --- the package


def test_the_same_bytes_every_time() -> None:
    for path in bundled().values():
        given = load(path).service
        assert emit(given, EmitOptions()).files == emit(given, EmitOptions()).files


def test_whether_operations_share_an_object_is_not_seen() -> None:
    """Shared ones are made once: their lists of choices, which are called after the operation, are not mixed up."""

    def thing() -> Field:
        voice = Field(name="voice", pointer="/voice", open=True, choices=(Choice(value="a", label="A"),))
        size = Field(name="size", pointer="/size", fields=(voice, Field(name="note", pointer="/note")), type="object")
        plain = Field(name="plain", pointer="/plain", type="object", fields=(Field(name="x", pointer="/x"),))
        return Field(name="thing", pointer="/thing", type="object", fields=(size, plain), required=True)

    def written(*things: Field) -> dict[str, bytes]:
        made = [operation(things[n % len(things)], operation_id=f"makeThing{n}", path=f"/t{n}") for n in range(3)]
        return dict(emit(service(*made), EmitOptions()).files)

    shared = written(thing())
    assert shared == written(thing(), thing(), thing())
    plan = json.loads(shared["nodes/Sample/operations.json"])
    assert sorted(plan["lists"]) == [f"makeThing{n}.thing.size.voice" for n in range(3)]
    assert all(f"makeThing{n}.thing.size.voice" in shared["nodes/Sample/resources/thing.ts"].decode() for n in range(3))


def test_an_empty_service_is_a_problem_and_no_package() -> None:
    emission = emit(service(operation(deprecated=True)), EmitOptions())
    assert emission.files == {} and emission.problems[0].code == "n8n-empty"
    assert emission.written[0].kind == "left out"


def test_what_parameters_cannot_hold_is_reported() -> None:
    fields = (
        Field(name="mode", pointer="/mode", choices=(Choice(value="a", label="A"), Choice(value=None, label="None"))),
        Field(name="note", pointer="/note", default="=1+1"),
        Field(name="files", pointer="/files", type="file", file="binary", repeated=True),
    )
    problems = emit(service(operation(*fields)), EmitOptions()).problems
    assert [p.code for p in problems] == ["n8n-choice", "n8n-default", "n8n-files"]
    assert all(p.location.operation == "makeThing" and p.hint for p in problems)


@pytest.mark.parametrize("given", ["\U0001f534", "\U0001f534\ufe0f"])
def test_emoji_alone_are_named(given: str) -> None:
    assert (option_label(given), label(given)) == ("Large Red Circle", "Large Red Circle")


def test_numbers_that_javascript_cannot_hold_are_left_out_and_told() -> None:
    wide = Field(name="wide", type="integer", required=True, minimum=-(2.0**63), maximum=2.0**63, default=2**53 + 1)
    listed = Field(
        name="listed",
        type="integer",
        required=True,
        choices=(Choice(value=2**60, label="A"), Choice(value=1, label="B")),
    )
    made = emit(service(operation(wide, listed)), EmitOptions())
    one, other = properties(layout((wide, listed), "x"), "Sample")
    assert (one["typeOptions"], one["default"], "description" in one) == ({"numberPrecision": 0}, "", False)
    assert [option["value"] for option in other["options"]] == [1]
    assert [p.code for p in made.problems] == ["n8n-default", "n8n-choice"]


def test_a_parameter_without_a_schema_is_a_text() -> None:
    untyped = Field(name="id", pointer="id", location="path", type="any", required=True)
    body = Field(name="any", pointer="/any", type="any", required=True)
    assert [p["type"] for p in properties(layout((untyped, body), "x"), "Sample")] == ["string", "json"]


def test_a_service_without_a_key_still_lets_people_choose_its_address() -> None:
    region = ServerVariable(name="region", default="eu", choices=("eu", "us"))
    one = service(operation(), auth=Auth(), servers=(Server(url="https://{region}.example.com", variables=(region,)),))
    (found,), _ = credentials(one)
    assert found.optional and [p["name"] for p in found.properties][:2] == ["server_region", "baseUrl"]
    assert b"required: false" in emit(one, EmitOptions()).files["nodes/Sample/Sample.node.ts"]


def test_a_document_that_says_nothing_of_keys_gets_a_base_url_and_a_warning() -> None:
    (found,), problems = credentials(service(operation(), auth=Auth()))
    assert found.optional and found.properties[0]["name"] == "baseUrl" and found.authenticate is None
    assert [p.code for p in problems] == ["n8n-auth"] and "nothing of keys" in problems[0].message
    (_,), said = credentials(service(operation(security=()), auth=Auth()))
    assert said == (), "that there is no key is an answer too"


def test_sensitive_operations_are_hidden_from_agents() -> None:
    files = emit(service(operation(sensitive=True), operation(operation_id="other")), EmitOptions()).files
    text = files["nodes/Sample/resources/thing.ts"].decode()
    assert text.count('"@tool": [true]') == 1 and text.count('name: "confirm"') == 1


def test_literals_with_something_in_common_are_written_as_if_they_had_not() -> None:
    shared = [{"name": name, "50%": "100%s"} for name in "abc"]
    literals = Literals()
    for depth, value in enumerate(({"a": shared, "b": {"c": shared}}, [shared, shared], shared, {})):
        apart = json.loads(json.dumps(value))
        assert literals.encoded(value, depth).decode() == literal(apart, depth)
    assert literal(shared[:1]) == '[\n\t{\n\t\tname: "a",\n\t\t"50%": "100%s",\n\t},\n]'


def test_a_large_text_goes_around_its_template() -> None:
    file = wrapped("resource.js", "[<< é >>]".encode(), identifier="some", lists={}).decode()
    assert file.endswith("exports.some = void 0;\nexports.some = [<< é >>];\n")


def test_literals_cannot_set_a_prototype_or_hide_anything() -> None:
    text = literal({"__proto__": 1, "a-b": "\u202e\u2028\ud83d"})
    assert '["__proto__"]: 1' in text and "\\u202e" in text and "\\u2028" in text and "\\ud83d" in text
    text.encode("utf-8")


# --- what comes first


def generating(**more: Any) -> Operation:
    return operation(output=Output(type="image"), **more)


def test_what_generates_comes_first_and_is_the_default() -> None:
    reads = operation(operation_id="aRead", name="A Read", method="GET", media_type="")
    deletes = operation(operation_id="aDelete", name="A Delete", method="DELETE", sensitive=True)
    others = [operation(operation_id=f"b{n}", name=f"B {n}", resource="Alpha", method="GET") for n in range(5)]
    made = [generating(operation_id="z", name="Zoom"), generating(operation_id="y", name="Yield")]
    found = groups(service(*others, deletes, reads, *made))
    assert [group.key for group in found] == ["thing", "alpha"]
    assert [step.key for step in found[0].steps] == ["z", "y", "aDelete", "aRead"]
    assert found[0].usual.key == "z"


def test_resources_keep_the_documents_order_where_generating_is_not_what_it_is_for() -> None:
    writes = [operation(operation_id=f"w{n}", name=f"Write {n}", resource="Zeta") for n in range(3)]
    found = groups(service(*writes, generating(resource="Alpha")))
    assert [group.key for group in found] == ["zeta", "alpha"]


def test_a_sensitive_operation_is_never_the_default() -> None:
    (group,) = groups(service(
        operation(operation_id="aDelete", name="A Delete", sensitive=True),
        operation(operation_id="list", name="List", method="GET"),
    ))  # fmt: skip
    assert group.usual.key == "list"


def test_lists_in_an_order_of_their_own_stand_before_the_parameters() -> None:
    many = [operation(operation_id=f"b{n}", name=f"B {n}", method="GET") for n in range(5)]
    files = emit(service(*many, generating(operation_id="z", name="Zoom")), EmitOptions()).files
    text = files["nodes/Sample/resources/thing.ts"].decode()
    assert "const thingOperations: INodePropertyOptions[] = [" in text and "options: thingOperations" in text
    assert text.index('value: "z"') < text.index('value: "b0"') and 'default: "z"' in text
    assert "const thingOperations = [" in files["dist/nodes/Sample/resources/thing.js"].decode()


# --- how it is found


def codex_of(given: Service) -> Json:
    found: Json = json.loads(emit(given, EmitOptions()).files["nodes/Sample/Sample.node.json"])
    return found


def test_a_service_that_generates_is_a_root_node_of_ai() -> None:
    found = codex_of(service(generating(name="Generate a Song", resource="Music")))
    assert found["categories"] == ["AI"] and "Root Nodes" in found["subcategories"]["AI"]
    assert {"Music", "Song", "Picture"} <= set(found["alias"])


def test_categories_say_what_the_operations_are_about() -> None:
    found = codex_of(service(operation(resource="Invoices"), operation(operation_id="b", resource="Files")))
    assert found["categories"] == ["Data & Storage", "Finance & Accounting"] and "subcategories" not in found
    assert {"Invoice", "Bill"} <= set(found["alias"])
    assert codex_of(service(operation()))["categories"] == ["Miscellaneous"]


def test_a_trigger_names_the_service_and_its_events() -> None:
    files = emit(load(bundled()["tengrai"]).service, EmitOptions()).files
    assert b"something happens in Tengr.ai: Artwork Finished" in files["nodes/Tengrai/TengraiTrigger.node.ts"]


# --- who publishes it


def test_who_publishes_the_package_is_said_in_the_document() -> None:
    owner = PackageOwner(repository="https://github.com/you/n8n-nodes-sample", author="Ada", email="ada@example.com")
    files = emit(service(operation(), owner=owner), EmitOptions()).files
    manifest = json.loads(files["package.json"])
    assert manifest["author"] == {"name": "Ada", "email": "ada@example.com"}
    assert manifest["repository"] == {"type": "git", "url": "git+https://github.com/you/n8n-nodes-sample.git"}
    assert manifest["bugs"] == {"url": "https://github.com/you/n8n-nodes-sample/issues"}


def test_the_review_tells_what_is_left_for_a_person() -> None:
    def left(given: PackageOwner) -> set[str]:
        points = emit(service(operation(), owner=given), EmitOptions()).review
        assert all(point.page.startswith("https://docs.n8n.io/") for point in points)
        return {point.rule.split()[0] for point in points if not point.met}

    known = PackageOwner(repository="https://github.com/you/x", author="Ada", email="ada@example.com")
    assert {"repository", "author", "email"} <= left(PackageOwner()) and not {"repository", "author"} & left(known)


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_nothing_of_a_document_enters_the_workflow_that_publishes(text: str) -> None:
    usual = emit(service(operation()), EmitOptions()).files[".github/workflows/publish.yml"]
    hostile = replace(hostile_service(text), owner=PackageOwner(repository=text, author=text, email=text, bugs=text))
    emission = emit(hostile, EmitOptions())
    assert emission.files[".github/workflows/publish.yml"] == usual
    manifest = json.loads(emission.files["package.json"])
    assert "repository" not in manifest and "@" in manifest["author"]["email"]


def test_the_readme_holds_a_workflow_to_paste() -> None:
    text = emit(service(operation()), EmitOptions()).files["README.md"].decode()
    pasted = json.loads(text.partition("```json\n")[2].partition("```")[0])
    assert [node["type"] for node in pasted["nodes"]] == ["n8n-nodes-base.manualTrigger", "n8n-nodes-sample.sample"]
    assert pasted["nodes"][1]["parameters"] == {"resource": "thing", "operation": "makeThing"}
    assert "N8N_UNVERIFIED_PACKAGES_ENABLED" in text


def test_an_empty_choice_is_not_the_one_that_nobody_made() -> None:
    offered = (Choice(value="", label=""), Choice(value="a", label="A"))
    found = made(Field(name="style", pointer="/style", choices=offered))["style"]
    assert [option["value"] for option in found["options"]] == ["", "text:", "a"]


def test_names_to_which_the_lint_gives_a_meaning_are_others() -> None:
    assert (parameter_name("primary_color"), parameter_name("bgColour")) == ("primary_shade", "bgShade")
    assert (node_name("github-v3"), class_name("github-v3")) == ("githubV3Api", "GithubV3Api")

"""What is refused, repaired or reported, and in which words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from specloom.schemas.load import load
from specloom.schemas.model import Field, Operation, Service
from specloom.schemas.problems import SpecloomError
from tests.conftest import operation_text

Loaded = Callable[[str], Service]
Document = Callable[..., Path]


def send(loaded: Loaded, schema: str) -> Operation:
    operation = loaded(operation_text(schema)).operation("send")
    assert operation is not None
    return operation


def field(operation: Operation, name: str) -> Field:
    found = operation.field(name)
    assert found is not None, [f.name for f in operation.fields]
    return found


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\x00\x01\x02", "not a text file"),
        (b"\xff\xd8\xff\xe0", "not a text file"),
        (b"openapi: 3.1.0\npaths: [}\n", ":2: error: not valid YAML: "),
        (b'{"openapi": "3.1.0",\n "paths": [1 2]]}', ":2: error: not valid JSON: "),
        (b"- a\n- b\n", "expected an object at the top, found a list"),
        (b"title: x\n", "not an OpenAPI document"),
        (b"openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\n", "no operation in this document"),
        (b"{" * 100_000, "not valid JSON"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested more than 250 levels deep"),
        (b"openapi: 3.1.0\nx: " + b"[" * 10_000 + b"]" * 10_000, "nested more than 250 levels deep"),
        (b"openapi: 3.1.0\nx: " + b"{a: " * 2_000 + b"}" * 2_000, "nested more than 250 levels deep"),
        (b"openapi: 3.1.0\nx:\n" + b"- " * 2_000 + b"y", "nested more than 250 levels deep"),
        (b'{"a":' * 251 + b"1" + b"}" * 251, "nested more than 250 levels deep"),
        (b"a: &a [1]\nopenapi: 3.1.0\nb: &b [*b]\n", "aliases unfold"),
    ],
)
def test_an_unusable_file_is_refused_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "doc.yaml"
    path.write_bytes(content)
    with pytest.raises(SpecloomError) as caught:
        load(path)
    text = str(caught.value)
    assert message in text and "doc.yaml" in text and "\n" not in text


def test_a_billion_laughs_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    path = tmp_path / "laughs.yaml"
    path.write_text("openapi: 3.1.0\n" + "\n".join(lines))
    with pytest.raises(SpecloomError, match="aliases unfold"):
        load(path)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(SpecloomError, match="no such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(SpecloomError, match="no OpenAPI document in this folder"):
        load(tmp_path)
    (tmp_path / "openapi.json").write_text(json.dumps(_minimal()))
    assert load(tmp_path).service.key == "sample"


def test_one_bad_operation_does_not_cost_the_others(loaded: Loaded) -> None:
    service = loaded(
        """
        paths:
          /bad: {get: {operationId: bad, tags: 5, parameters: {a: b}, responses: [], requestBody: 7}}
          /good: {get: {operationId: good, responses: {"200": {description: ok}}}}
        """
    )
    assert "good" in [o.operation_id for o in service.operations]


def test_problems_name_the_line(document: Document) -> None:
    path = document(operation_text("type: object\nproperties:\n  x: {$ref: '#/components/schemas/Gone'}\n"))
    problem = load(path).problems[0]
    assert (problem.level, problem.code, problem.location.operation) == ("error", "ref-missing", "send")
    line = path.read_text().splitlines()[problem.location.line - 1]
    assert "Gone" in line


def test_problems_of_a_document_on_one_line_name_the_pointer(document: Document) -> None:
    content = {"openapi": "3.1.0", "paths": {"/a": {"get": {"tags": [5], "responses": {"1xx": {}}}}}}
    problems = load(document(json.dumps(content), "one.json")).problems
    assert [str(problem).partition(": ")[0].rpartition(":")[2] for problem in problems] == [
        "1#/paths/~1a/get/tags/0 (getA)"
    ]


def test_references_never_leave_the_folder(document: Document, tmp_path: Path) -> None:
    (tmp_path.parent / "outside.yaml").write_text("type: string")
    (tmp_path / "inside.yaml").write_text("Name: {type: string, maxLength: 7}")
    schema = """
        type: object
        properties:
          a: {$ref: '../outside.yaml'}
          b: {$ref: 'inside.yaml#/Name'}
          c: {$ref: 'https://example.com/x.yaml'}
    """
    loaded = load(document(operation_text(schema)))
    assert sorted(p.code for p in loaded.problems) == ["ref-outside", "ref-remote"]
    assert loaded.service.operations[0].fields[1].max_length == 7


def test_operation_ids_are_made_unique(loaded: Loaded) -> None:
    service = loaded(
        """
        paths:
          /a: {get: {operationId: same, responses: {"200": {description: ok}}}}
          /b: {get: {operationId: same, responses: {"200": {description: ok}}}}
          /c/{id}: {delete: {responses: {"200": {description: ok}}}}
          /d: {get: {operationId: "bad id{}", responses: {"200": {description: ok}}}}
        """
    )
    assert [o.operation_id for o in service.operations] == ["same", "sameBGet", "deleteCById", "getD"]


def test_yaml_is_read_as_version_1_2(loaded: Loaded) -> None:
    operation = send(
        loaded,
        """
        type: object
        properties:
          mode: {type: string, enum: [ON, OFF, no, "yes"]}
          day: {type: string, example: 2024-01-15}
          old: {type: integer, default: 010}
          octal: {type: integer, default: 0o17}
        """,
    )
    assert [c.value for c in field(operation, "mode").choices] == ["ON", "OFF", "no", "yes"]
    assert field(operation, "day").example == "2024-01-15"
    assert (field(operation, "old").default, field(operation, "octal").default) == (10, 15)


def test_swagger_2(loaded: Loaded) -> None:
    service = loaded(
        """\
        swagger: "2.0"
        info: {title: Old, version: "1"}
        host: api.example.com
        basePath: /v1
        schemes: [http, https]
        securityDefinitions: {key: {type: basic}}
        consumes: [application/json]
        paths:
          /pets/{id}:
            parameters: [{$ref: '#/parameters/Id'}]
            put:
              operationId: change
              parameters:
                - {name: body, in: body, required: true, schema: {$ref: '#/definitions/Pet'}}
                - {name: tags, in: query, type: array, collectionFormat: multi, items: {type: string}}
              responses: {"200": {description: ok, schema: {$ref: '#/definitions/Pet'}}}
            post:
              operationId: upload
              consumes: [multipart/form-data]
              parameters:
                - {name: file, in: formData, type: file, required: true}
              responses: {"200": {description: ok}}
        parameters: {Id: {name: id, in: path, required: true, type: string}}
        definitions: {Pet: {type: object, properties: {name: {type: string, maxLength: 9}}}}
        """
    )
    assert (service.base_url, service.auth.scheme) == ("https://api.example.com/v1", "basic")
    change, upload = service.operations
    assert [(f.name, f.location) for f in change.fields] == [("id", "path"), ("tags", "query"), ("name", "body")]
    assert change.fields[1].explode and change.fields[2].max_length == 9
    assert (upload.media_type, upload.fields[1].file) == ("multipart/form-data", "binary")


def test_webhooks_alone_are_a_document(loaded: Loaded) -> None:
    service = loaded(
        """
        webhooks:
          thingMade:
            post:
              summary: Thing made
              requestBody: {content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}}
              responses: {"200": {description: ok}}
        """
    )
    trigger = service.triggers[0]
    assert (trigger.event, trigger.name, trigger.delivery) == ("thingMade", "Thing Made", "webhook")
    assert trigger.description.startswith("Triggers when ") and trigger.samples == ({"id": "id"},)


def _minimal() -> dict[str, object]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sample", "version": "1"},
        "paths": {"/x": {"get": {"operationId": "x", "responses": {"200": {"description": "ok"}}}}},
    }


def test_a_missing_file_is_told_where_it_is_asked_for(document: Document) -> None:
    (problem,) = load(document(operation_text('$ref: "gone.yaml#/Thing"'))).problems
    assert (problem.code, problem.location.line, problem.location.operation) == ("ref-file", 12, "send")
    assert "gone.yaml" in problem.message and "no such file" in problem.message and "sample.yaml:12" in str(problem)


@pytest.mark.parametrize(
    ("servers", "told"),
    [
        ("[{url: 5}, {url: https://a.example}]", "server url 5 is no text"),
        ("[{description: x}, {url: https://a.example}]", "a server without url"),
        ("[{url: 'https://{region}.a.example'}]", "{region} of the server's url is not declared"),
        ("[{url: 'https://[host]/v1'}, {url: https://a.example}]", "server 'https://[host]/v1' is no web address"),
        ("[{url: 'https://{r}', variables: {r: {default: 'a:port'}}}]", "server 'https://a:port' is no web address"),
    ],
)
def test_odd_servers_are_told(loaded: Loaded, servers: str, told: str) -> None:
    service = loaded(f"servers: {servers}\n{operation_text('type: object')}")
    assert [(p.code, p.message) for p in service.problems] == [("server", told)]


def test_relative_addresses_of_a_sign_in_lie_below_the_server(loaded: Loaded) -> None:
    scheme = "{type: oauth2, flows: {clientCredentials: {tokenUrl: TOKEN, scopes: {}}}}"
    text = f"components: {{securitySchemes: {{o: {scheme}}}}}\n{operation_text('type: object')}"
    server = "servers: [{url: https://api.example/v1}]\n"
    assert loaded(server + text.replace("TOKEN", "/oauth/token")).auth.token_url == "https://api.example/oauth/token"
    assert loaded(server + text.replace("TOKEN", "oauth/token")).auth.token_url == "https://api.example/v1/oauth/token"
    (problem,) = [p for p in loaded(text.replace("TOKEN", "/oauth/token")).problems if p.code == "auth"]
    assert problem.level == "error" and "no whole URL" in problem.message


def test_a_body_of_mixed_kinds_is_told(loaded: Loaded) -> None:
    schema = """
        oneOf:
          - {type: object, properties: {a: {type: string}}}
          - {type: object, properties: {b: {type: string}}}
          - {type: string}
    """
    (problem,) = loaded(operation_text(schema)).problems
    assert (problem.code, problem.location.operation) == ("alternatives", "send") and "an object" in problem.message


def test_a_property_that_may_not_be_given_is_no_input(loaded: Loaded) -> None:
    schema = "allOf: [{type: object, properties: {a: {type: string}, c: {type: string}}}, {properties: {b: false, c: false}}]"
    assert [f.name for f in send(loaded, schema).fields] == ["a"]


def test_a_tag_that_is_no_text_is_told(loaded: Loaded) -> None:
    text = operation_text("type: object").replace("tags: [Thing]", "tags: [5, Thing]")
    service = loaded(text)
    assert [(p.code, p.location.operation) for p in service.problems] == [("tag", "send")]
    assert service.operations[0].resource == "Thing"


@pytest.mark.parametrize("value", ["1e308", "1e16", "9" * 350])
def test_a_default_that_no_integer_holds_is_left_out(loaded: Loaded, value: str) -> None:
    schema = f"{{type: object, properties: {{n: {{type: integer, default: {value}}}}}}}"
    service = loaded(operation_text(schema))
    assert field(service.operations[0], "n").default is None and [p.code for p in service.problems] == ["default"]


def test_a_trigger_without_a_list_is_told(loaded: Loaded) -> None:
    service = loaded(
        """
        paths:
          /whole: {get: {operationId: whole, x-specloom: {trigger: {dedupe: id}}, responses: {"200": {description: "",
            content: {application/json: {schema: {type: array, items: {type: object}}}}}}}}
          /inside: {get: {operationId: inside, x-specloom: {trigger: {dedupe: id}}, responses: {"200": {description: "",
            content: {application/json: {schema: {type: object}}}}}}}
        """
    )
    assert [trigger.operation_id for trigger in service.triggers] == ["whole"]
    (told,) = service.problems
    assert (told.code, told.location.operation, told.location.pointer) == (
        "trigger", "inside", "/paths/~1inside/get/x-specloom",
    )  # fmt: skip

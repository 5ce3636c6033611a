"""The loader: what each feature of OpenAPI becomes in the model, and what each fault is called."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.load import load
from schemas.model import Field, Operation, Service
from schemas.problems import SpecloomError
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


# Schemas to fields -----------------------------------------------------------------------------------------------


def test_properties_become_fields_in_the_documents_order(loaded: Loaded) -> None:
    operation = send(
        loaded,
        """
        type: object
        required: [prompt]
        properties:
          prompt: {type: string, minLength: 1, maxLength: 500, description: What to draw}
          num_images: {type: integer, minimum: 1, maximum: 4, default: 1}
          strength: {type: number, exclusiveMinimum: 0, multipleOf: 0.5}
          image_url: {type: string, format: uri, title: Picture}
          made: {type: string, readOnly: true}
        """,
    )
    assert [f.name for f in operation.fields] == ["prompt", "num_images", "strength", "image_url"]
    prompt, count, strength, image = operation.fields
    assert (prompt.pointer, prompt.required, prompt.max_length, prompt.description) == (
        "/prompt",
        True,
        500,
        "What to draw",
    )
    assert (count.type, count.minimum, count.maximum, count.default, count.title) == ("integer", 1, 4, 1, "Num Images")
    assert (strength.minimum, strength.exclusive_minimum, strength.multiple_of) == (0, True, 0.5)
    assert (image.title, image.format) == ("Picture", "uri")


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{type: [string, 'null']}", ("string", True)),
        ("{type: string, nullable: true}", ("string", True)),
        ("{anyOf: [{type: integer}, {type: 'null'}]}", ("integer", True)),
        ("{oneOf: [{type: boolean}, {enum: [null]}]}", ("boolean", True)),
        ("{type: [integer, number]}", ("number", False)),
        ("{type: [string, integer]}", ("any", False)),
        ("{enum: [1, 2]}", ("integer", False)),
        ("{const: x}", ("string", False)),
        ("{}", ("any", False)),
        ("true", ("any", False)),
    ],
)
def test_types(loaded: Loaded, schema: str, expected: tuple[str, bool]) -> None:
    value = field(send(loaded, f"type: object\nproperties:\n  x: {schema}\n"), "x")
    assert (value.type, value.nullable) == expected


@pytest.mark.parametrize(
    ("schema", "values", "is_open"),
    [
        ("{type: string, enum: [a, b, a]}", ["a", "b"], False),
        ("{type: string, x-specloom: {choices: {a: First, b: Second}}}", ["a", "b"], True),
        ("{anyOf: [{type: string}, {enum: [a, b]}]}", ["a", "b"], True),
        ("{oneOf: [{const: a, title: First}, {const: b}]}", ["a", "b"], False),
        ("{type: string, x-extensible-enum: [a, b]}", ["a", "b"], True),
        ("{type: integer, enum: [1, 2]}", [1, 2], False),
        ("{type: array, items: {type: string, enum: [a, b]}}", ["a", "b"], False),
    ],
)
def test_choices_closed_and_open(loaded: Loaded, schema: str, values: list[object], is_open: bool) -> None:
    value = field(send(loaded, f"type: object\nproperties:\n  x: {schema}\n"), "x")
    assert ([choice.value for choice in value.choices], value.open) == (values, is_open)


def test_choices_have_labels_from_wherever_the_document_keeps_them(loaded: Loaded) -> None:
    operation = send(
        loaded,
        """
        type: object
        properties:
          own: {type: string, enum: [en-Carter_man], x-specloom: {choices: {en-Carter_man: {label: Carter, description: deep}}}}
          made: {type: string, enum: [square_hd, 'black-forest-labs/FLUX.1-dev', '16:9']}
          listed: {type: integer, enum: [1, 2], x-enum-varnames: [Low, High]}
          titled: {oneOf: [{const: a, title: First}]}
        """,
    )
    own = field(operation, "own").choices[0]
    assert (own.label, own.description) == ("Carter", "deep")
    assert [c.label for c in field(operation, "made").choices] == ["Square Hd", "black-forest-labs/FLUX.1-dev", "16:9"]
    assert [c.label for c in field(operation, "listed").choices] == ["Low", "High"]


def test_objects_lists_and_dictionaries_nest(loaded: Loaded) -> None:
    operation = send(
        loaded,
        """
        type: object
        properties:
          size: {type: object, required: [w], properties: {w: {type: integer}, h: {type: integer}}}
          tags: {type: array, minItems: 1, maxItems: 3, items: {type: string}}
          lines: {type: array, items: {type: object, properties: {sku: {type: string}}}}
          labels: {type: object, additionalProperties: {type: string}}
          free: {type: object}
          matrix: {type: array, items: {type: array, items: {type: number}}}
        """,
    )
    size, tags, lines, labels, free, matrix = operation.fields
    assert [(f.name, f.pointer, f.required) for f in size.fields] == [("w", "/w", True), ("h", "/h", False)]
    assert (tags.type, tags.repeated, tags.min_items, tags.max_items) == ("string", True, 1, 3)
    assert (lines.type, lines.repeated, [f.name for f in lines.fields]) == ("object", True, ["sku"])
    assert labels.values is not None and labels.values.type == "string"
    assert (free.type, free.fields, free.values) == ("object", (), None)
    assert (matrix.type, matrix.repeated) == ("any", True)


def test_all_of_is_one_object_and_a_cycle_ends(loaded: Loaded) -> None:
    service = loaded(
        operation_text("allOf: [{$ref: '#/components/schemas/Base'}, {required: [b], properties: {b: {type: string}}}]")
        + """
components:
  schemas:
    Base: {type: object, properties: {a: {type: string}, parent: {$ref: '#/components/schemas/Base'}}}
"""
    )
    operation = service.operations[0]
    assert [(f.name, f.required) for f in operation.fields] == [("a", False), ("parent", False), ("b", True)]
    assert field(operation, "parent").type == "object"


def test_a_rule_between_fields_becomes_a_question(loaded: Loaded) -> None:
    operation = send(
        loaded,
        """
        type: object
        properties:
          image_url: {type: string}
          image_base64: {type: string, contentEncoding: base64}
          style: {type: string}
        anyOf:
          - {title: Image URL, required: [image_url]}
          - {title: Image data, required: [image_base64]}
        """,
    )
    selector = next(f for f in operation.fields if f.location == "selector")
    assert (selector.name, selector.title) == ("image_url_or_image_data", "Image URL or Image Data")
    assert [(c.value, c.label) for c in selector.choices] == [("image_url", "Image URL"), ("image_data", "Image data")]
    url, data = field(operation, "image_url"), field(operation, "image_base64")
    assert (url.required, url.when[0].field, url.when[0].values) == (True, selector.name, ("image_url",))
    assert (data.when[0].values, data.file) == (("image_data",), "base64")
    assert field(operation, "style").when == ()


def test_a_discriminator_is_its_own_question(loaded: Loaded) -> None:
    operation = send(
        loaded,
        """
        type: object
        required: [method, image]
        properties:
          image: {type: string}
          method: {type: string, enum: [text, points], x-specloom: {choices: {text: By words, points: By points}}}
        oneOf:
          - {required: [prompt], properties: {method: {const: text}, prompt: {type: string}}}
          - {properties: {method: {const: points}, at: {type: array, items: {type: number}}}}
        """,
    )
    method = field(operation, "method")
    assert (method.location, method.required) == ("body", True)
    assert [c.label for c in method.choices] == ["By words", "By points"]
    assert field(operation, "prompt").when[0].values == ("text",)
    assert field(operation, "at").when[0].values == ("points",)
    assert field(operation, "image").when == ()


def test_alternatives_by_reference_share_what_they_have_in_common(loaded: Loaded) -> None:
    service = loaded(
        operation_text(
            "oneOf: [{$ref: '#/components/schemas/Card'}, {$ref: '#/components/schemas/Bank'}]\ntype: object"
        )
        + """
components:
  schemas:
    Owner: {type: string}
    Card: {type: object, required: [number], properties: {owner: {$ref: '#/components/schemas/Owner'}, number: {type: string}}}
    Bank: {type: object, required: [iban], properties: {owner: {$ref: '#/components/schemas/Owner'}, iban: {type: string}}}
"""
    )
    operation = service.operations[0]
    assert field(operation, "owner").when == ()
    assert field(operation, "number").when[0].values == ("card",)
    assert field(operation, "iban").when[0].values == ("bank",)


# Parameters, bodies, replies --------------------------------------------------------------------------------------


def test_parameters_of_path_and_operation(loaded: Loaded) -> None:
    service = loaded(
        """
        paths:
          /things/{id}/{undeclared}:
            parameters:
              - {name: id, in: path, required: true, schema: {type: string}}
              - {name: shared, in: query, schema: {type: string}, description: of the path}
            get:
              operationId: read
              parameters:
                - {name: shared, in: query, schema: {type: integer}, description: of the operation}
                - {name: tags, in: query, style: pipeDelimited, explode: false, schema: {type: array, items: {type: string}}}
                - {name: filter, in: query, style: deepObject, schema: {type: object, properties: {a: {type: string}}}}
                - {name: Accept, in: header, schema: {type: string}}
              responses: {"200": {description: ok}}
        """
    )
    operation = service.operations[0]
    by_name = {f.name: f for f in operation.fields}
    assert list(by_name) == ["id", "shared", "tags", "filter", "undeclared"]
    assert (by_name["shared"].type, by_name["shared"].description) == ("integer", "of the operation")
    assert (by_name["tags"].style, by_name["tags"].explode) == ("pipeDelimited", False)
    assert (by_name["filter"].style, by_name["filter"].explode) == ("deepObject", False)
    assert by_name["undeclared"].required
    assert [p.code for p in service.problems] == ["path-parameter"]


def test_equal_names_in_path_and_body_stay_apart(loaded: Loaded) -> None:
    service = loaded(
        """
        paths:
          /things/{id}:
            put:
              operationId: change
              parameters: [{name: id, in: path, required: true, schema: {type: string}}]
              requestBody: {content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}}
              responses: {"200": {description: ok}}
        """
    )
    assert [(f.name, f.pointer) for f in service.operations[0].fields] == [("id", "id"), ("id_body", "/id")]


@pytest.mark.parametrize(
    ("content", "media_type", "name", "kind", "file"),
    [
        ("multipart/form-data: {schema: {type: object, properties: {f: {type: string, format: binary}}}}",
         "multipart/form-data", "f", "file", "binary"),
        ("application/octet-stream: {schema: {type: string, format: binary}}", "application/octet-stream", "body", "file", "binary"),
        ("application/octet-stream: {}", "application/octet-stream", "body", "file", "binary"),
        ("application/x-www-form-urlencoded: {schema: {type: object, properties: {f: {type: string}}}}",
         "application/x-www-form-urlencoded", "f", "string", None),
        ("'*/*': {schema: {type: object, properties: {f: {type: string}}}}", "application/json", "f", "string", None),
        ("application/json: {schema: {type: array, items: {type: string}}}", "application/json", "body", "string", None),
        ("text/plain: {schema: {type: string}}", "text/plain", "body", "string", None),
    ],
)  # fmt: skip
def test_bodies(loaded: Loaded, content: str, media_type: str, name: str, kind: str, file: str | None) -> None:
    service = loaded(
        f"""
paths:
  /things:
    post:
      operationId: send
      requestBody:
        required: true
        content:
          {content}
      responses: {{"200": {{description: ok}}}}
"""
    )
    operation = service.operations[0]
    assert operation.media_type == media_type
    assert [(f.name, f.type, f.file) for f in operation.fields] == [(name, kind, file)]


def test_replies_examples_and_headers(loaded: Loaded) -> None:
    service = loaded(
        """
        paths:
          /things:
            get:
              operationId: list
              responses:
                200:
                  description: ok
                  headers: {X-RateLimit-Limit: {schema: {type: integer}, example: 60}}
                  content: {application/json: {schema: {type: array, items: {type: object, properties: {id: {type: string}}}}}}
                4XX: {description: bad, content: {application/json: {example: {error: no}}}}
        """
    )
    operation = service.operations[0]
    assert [r.status for r in operation.responses] == ["200", "4XX"]
    assert (operation.output.repeated, [f.name for f in operation.output.fields]) == (True, ["id"])
    assert operation.output.sample == [{"id": "id"}] and not operation.output.sample_is_documented
    assert operation.errors[0].examples[0].value == {"error": "no"}
    header = operation.responses[0].headers[0]
    assert (header.name, header.type, header.example) == ("X-RateLimit-Limit", "integer", 60)


# Security, servers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("{type: http, scheme: bearer}", ("apiKey", "header", "Authorization", "Bearer ")),
        ("{type: apiKey, in: query, name: key}", ("apiKey", "query", "key", "")),
        ("{type: http, scheme: basic}", ("http", "header", "Authorization", "")),
        ("{type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://x/t', scopes: {a: b}}}}",
         ("oauth2", "header", "Authorization", "Bearer ")),
    ],
)  # fmt: skip
def test_security_schemes(loaded: Loaded, scheme: str, expected: tuple[str, ...]) -> None:
    text = (
        operation_text("type: object")
        + f"security: [{{key: []}}]\ncomponents: {{securitySchemes: {{key: {scheme}}}}}\n"
    )
    auth = loaded(text).auth
    assert (auth.kind, auth.location, auth.name, auth.value_prefix) == expected


def test_a_key_given_as_a_header_parameter_is_the_credential(loaded: Loaded) -> None:
    service = loaded(
        """
        paths:
          /things:
            get:
              operationId: list
              parameters: [{name: X-API-Key, in: header, required: true, schema: {type: string}}]
              responses: {"200": {description: ok}}
        """
    )
    assert (service.auth.kind, service.auth.name, service.operations[0].fields) == ("apiKey", "X-API-Key", ())
    assert service.connection is not None and service.connection.operation_id == "list"
    assert [p.code for p in service.problems] == ["auth-lifted"]


def test_an_empty_default_means_the_user_must_say_the_host(loaded: Loaded) -> None:
    text = operation_text("type: object") + 'servers: [{url: "https://{host}/v1", variables: {host: {default: ""}}}]\n'
    service = loaded(text)
    assert service.base_url == "" and service.servers[0].variables[0].name == "host"
    assert loaded(text.replace('""', "api.example.com")).base_url == "https://api.example.com/v1"


# Faults ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\x00\x01\x02", "not a text file"),
        (b"\xff\xd8\xff\xe0", "not a text file"),
        (b"openapi: 3.1.0\npaths: [}\n", ":2: error: not valid YAML: "),
        (b'{"openapi": "3.1.0",\n "paths": [1 2]]}', ":2: error: not valid JSON: Expecting ',' delimiter"),
        (b"- a\n- b\n", "expected an object at the top, found a list"),
        (b"title: x\n", "not an OpenAPI document"),
        (b"openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\n", "no operation in this document"),
        (b"{" * 100_000, "not valid JSON"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested"),
        (b"openapi: 3.1.0\nx: " + b"[" * 10_000 + b"]" * 10_000, "nested"),
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


# x-specloom --------------------------------------------------------------------------------------------------------

JOB = """
x-specloom: {key: jobs-demo}
paths:
  /make:
    post:
      operationId: make
      x-specloom:
        job: {poll: state, status: $response.body#/status, succeeded: [done], failed: [broken], interval: 2}
        result: {type: audio, items: $response.body#/tracks, url: $item#/url, download: bytes}
        callback: done
      requestBody: {content: {application/json: {schema: {type: object, properties: {hook: {type: string}}}}}}
      callbacks: {done: {'{$request.body#/hook}': {post: {responses: {"200": {description: ok}}}}}}
      responses:
        "202":
          description: accepted
          links: {state: {operationId: read, parameters: {path.id: $response.body#/id}}}
  /make/{id}:
    get:
      operationId: read
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200": {description: ok, links: {bytes: {operationId: fetch, parameters: {file: '{$item#/id}.wav'}}}}
  /files/{file}:
    get:
      operationId: fetch
      parameters: [{name: file, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {audio/wav: {}}}}
"""


def test_a_job_is_tied_to_its_poll_its_download_and_its_callback(loaded: Loaded) -> None:
    service = loaded(JOB)
    make = service.operation("make")
    assert make is not None and make.job is not None and make.output.download is not None
    assert service.problems == ()
    assert (make.job.poll.operation_id, list(make.job.poll.parameters)) == ("read", ["id"])
    assert (make.job.interval, make.job.callback_field) == (2, "hook")
    assert (make.output.download.operation_id, list(make.output.download.parameters)) == ("fetch", ["file"])
    fetch = service.operation("fetch")
    assert fetch is not None and (fetch.output.type, fetch.output.binary) == ("file", True)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("key: jobs-demo", "key: run", "'run' should not be valid under"),
        ("key: jobs-demo", "keys: x", "Additional properties are not allowed ('keys' was unexpected)"),
        ("poll: state", "poll: gone", "no success reply has a link named 'gone'"),
        ("download: bytes", "download: gone", "no reply has a link named 'gone' to download from"),
        ("operationId: read, parameters", "operationId: lost, parameters", "leads to no operation 'lost'"),
        ("callback: done", "callback: gone", "callback 'gone' is on no input"),
        ("$response.body#/status", "$nonsense", "'$nonsense' is not valid under any of the given schemas"),
        ("$response.body#/tracks", "$response.bdy#/x", "'$response.bdy#/x' is no runtime expression"),
    ],
)
def test_faults_of_the_extension_are_named(loaded: Loaded, old: str, new: str, message: str) -> None:
    assert old in JOB
    problems = loaded(JOB.replace(old, new)).problems
    assert any(message in str(problem) for problem in problems), [str(p) for p in problems]


def _minimal() -> dict[str, object]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sample", "version": "1"},
        "paths": {"/x": {"get": {"operationId": "x", "responses": {"200": {"description": "ok"}}}}},
    }

"""Parameters, bodies, replies, security and servers in the model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from specloom.schemas.model import Service
from tests.conftest import operation_text

Loaded = Callable[[str], Service]
Document = Callable[..., Path]


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


def test_a_scope_that_is_only_a_blank_is_none(loaded: Loaded) -> None:
    scheme = "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://x/t', scopes: {' ': none, a: b}}}}"
    service = loaded(f"{operation_text('type: object')}components: {{securitySchemes: {{key: {scheme}}}}}\n")
    assert [scope.value for scope in service.auth.scopes] == ["a"]


def test_a_key_given_as_a_header_parameter_is_the_credential(loaded: Loaded) -> None:
    service = loaded(
        """
        paths:
          /account:
            get:
              operationId: account
              parameters: [{name: X-API-Key, in: header, required: true, schema: {type: string}}]
              responses: {"200": {description: ok}}
        """
    )
    assert (service.auth.kind, service.auth.name, service.operations[0].fields) == ("apiKey", "X-API-Key", ())
    assert service.connection is not None and service.connection.operation_id == "account"
    assert [p.code for p in service.problems] == ["auth-lifted"]


def test_an_empty_default_means_the_user_must_say_the_host(loaded: Loaded) -> None:
    text = operation_text("type: object") + 'servers: [{url: "https://{host}/v1", variables: {host: {default: ""}}}]\n'
    service = loaded(text)
    assert service.base_url == "" and service.servers[0].variables[0].name == "host"
    assert loaded(text.replace('""', "api.example.com")).base_url == "https://api.example.com/v1"

"""OpenAPI 3.2's own constructs: each is used, or told with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from specloom.generator.platforms import EMITTERS
from specloom.schemas.load import load
from specloom.schemas.model import Service
from tests.generator.report.test_coverage import accounted, unaccounted

Document = Callable[..., Path]
HEAD = "openapi: 3.2.0\ninfo: {title: Sample, version: 1.0.0}\nservers: [{url: https://api.example/v1, name: Live}]\n"
OK = "responses: {'200': {description: ok}}"


@pytest.fixture
def loaded(document: Document) -> Callable[[str], Service]:
    return lambda text: load(document(HEAD + text)).service


Read = Callable[[str], Service]


def codes(service: Service) -> list[str]:
    return [problem.code for problem in service.problems]


def test_the_query_method_is_read_and_told_where_a_platform_cannot_send_it(document: Document) -> None:
    found = load(document(HEAD + f"paths: {{/things: {{query: {{operationId: ask, {OK}}}}}}}"))
    assert [(o.method, o.path) for o in found.service.operations] == [("QUERY", "/things")] and not found.problems
    report, emissions = accounted(found)
    assert not list(unaccounted(report)) and set(emissions) == set(EMITTERS)
    assert "QUERY" in report["operations"][0]["platforms"]["make"]["left out"]


def test_additional_operations_are_told(document: Document) -> None:
    more = f"additionalOperations: {{COPY: {{operationId: copy, {OK}}}, Query: {{operationId: ask, {OK}}}}}"
    found = load(document(HEAD + f"paths: {{/things: {{get: {{operationId: list, {OK}}}, {more}}}}}"))
    assert [o.method for o in found.service.operations] == ["GET", "QUERY"]
    (problem,) = found.problems
    assert problem.code == "method" and "COPY" in problem.message and problem.location.line == 4 and problem.hint
    assert not list(unaccounted(accounted(found)[0]))


def test_a_query_string_becomes_its_parameters(document: Document) -> None:
    schema = "{type: object, required: [q], properties: {q: {type: string}, limit: {type: integer}}}"
    content = f"content: {{application/x-www-form-urlencoded: {{schema: {schema}}}}}"
    parameter = f"parameters: [{{in: querystring, name: all, {content}}}]"
    found = load(document(HEAD + f"paths: {{/things: {{get: {{operationId: list, {parameter}, {OK}}}}}}}"))
    fields = found.service.operations[0].fields
    assert [(f.name, f.location, f.required) for f in fields] == [("q", "query", True), ("limit", "query", False)]
    report, _ = accounted(found)
    assert not found.problems and not list(unaccounted(report))
    assert report["operations"][0]["inputs"]["querystring:all"] == "asked for as single query parameters"


def test_a_query_string_without_parts_is_told(loaded: Read) -> None:
    parameter = "parameters: [{in: querystring, name: all, content: {application/jsonpath: {schema: {type: string}}}}]"
    service = loaded(f"paths: {{/things: {{get: {{operationId: list, {parameter}, {OK}}}}}}}")
    assert codes(service) == ["querystring"] and not service.operations[0].fields


@pytest.mark.parametrize("media_type", ["application/jsonl", "application/json-seq", "text/event-stream"])
def test_streams_are_read(loaded: Read, media_type: str) -> None:
    content = f"content: {{{media_type}: {{itemSchema: {{type: object, properties: {{a: {{type: string}}}}}}}}}}"
    service = loaded(
        f"paths: {{/e: {{get: {{operationId: e, responses: {{'200': {{description: ok, {content}}}}}}}}}}}"
    )
    output = service.operations[0].output
    assert not service.problems and [f.name for f in output.fields] == (
        ["a"] if output.repeated else ["text", "events"]
    )
    assert output.repeated is (media_type != "text/event-stream")


def test_other_streams_are_told(loaded: Read) -> None:
    media_type = "multipart/mixed"
    content = f"content: {{{media_type}: {{itemSchema: {{type: object, properties: {{a: {{type: string}}}}}}}}}}"
    service = loaded(
        f"paths: {{/e: {{get: {{operationId: e, responses: {{'200': {{description: ok, {content}}}}}}}}}}}"
    )
    (problem,) = service.problems
    assert problem.code == "stream" and media_type in problem.message and "application/json" in problem.hint
    whole = content.replace("content: {", "content: {application/json: {schema: {type: object}}, ")
    text = f"paths: {{/e: {{get: {{operationId: e, responses: {{'200': {{description: ok, {whole}}}}}}}}}}}"
    assert codes(loaded(text)) == [] and loaded(text).operations[0].accept == "application/json"


def test_a_document_is_known_by_the_name_it_gives_itself(loaded: Read) -> None:
    own = "$self: https://example.com/specs/api.yaml\ncomponents: {schemas: {T: {type: object, properties: {a: {type: string}}}}}\n"
    for ref in ("https://example.com/specs/api.yaml#/components/schemas/T", "api.yaml#/components/schemas/T"):
        body = f"requestBody: {{content: {{application/json: {{schema: {{$ref: '{ref}'}}}}}}}}"
        service = loaded(f"{own}paths: {{/t: {{post: {{operationId: t, {body}, {OK}}}}}}}")
        assert [f.name for f in service.operations[0].fields] == ["a"] and not service.problems


def test_tags_have_kinds_parents_and_summaries(loaded: Read) -> None:
    tags = "tags: [{name: beta, kind: badge}, {name: Files, summary: What is stored, kind: nav, parent: All}, {name: All}]\n"
    service = loaded(f"{tags}paths: {{/f: {{get: {{operationId: f, tags: [beta, Files], {OK}}}}}}}")
    assert [(r.name, r.description) for r in service.resources] == [("Files", "What is stored")]
    assert service.operations[0].resource == "Files" and codes(service) == ["tag"]
    assert service.problems[0].location.line == 4 and service.servers[0].description == "Live"


def security(scheme: str) -> str:
    return f"components: {{securitySchemes: {{{scheme}}}}}\npaths: {{/f: {{get: {{operationId: f, {OK}}}}}}}\n"


def test_deprecated_security_schemes_come_last(loaded: Read) -> None:
    old = "old: {type: apiKey, in: header, name: X-Old, deprecated: true}"
    service = loaded(security(f"{old}, new: {{type: http, scheme: bearer}}") + "security: [{old: []}, {new: []}]\n")
    assert service.auth.id == "new" and codes(service) == []
    assert codes(loaded(security(old))) == ["auth"]


def test_the_device_flow_is_a_token_to_paste_and_metadata_is_told(loaded: Read) -> None:
    flows = "flows: {deviceAuthorization: {deviceAuthorizationUrl: https://a.example/d, tokenUrl: https://a.example/t}}"
    service = loaded(security(f"o: {{type: oauth2, oauth2MetadataUrl: https://a.example/m, {flows}}}"))
    assert (service.auth.kind, service.auth.scheme) == ("apiKey", "bearer")
    told = [problem.message for problem in service.problems]
    assert any("device flow" in text for text in told) and any("oauth2MetadataUrl" in text for text in told)


def test_the_default_mapping_is_the_default_answer(loaded: Read) -> None:
    schemas = "".join(
        f"{name}: {{type: object, properties: {{{key}: {{type: string}}}}}}, "
        for name, key in (("Cat", "a"), ("Dog", "b"))
    )
    ref = "#/components/schemas/"
    told = f"discriminator: {{propertyName: kind, defaultMapping: '{ref}Dog'}}"
    body = f"{{oneOf: [{{$ref: '{ref}Cat'}}, {{$ref: '{ref}Dog'}}], {told}}}"
    text = f"components: {{schemas: {{{schemas}}}}}\npaths: {{/p: {{post: {{operationId: p, requestBody: {{content: {{application/json: {{schema: {body}}}}}}}, {OK}}}}}}}"
    field = loaded(text).operations[0].field("kind")
    assert field is not None and field.default == "Dog" and [c.value for c in field.choices] == ["Cat", "Dog"]


def test_shared_media_types_and_examples_as_data(loaded: Read) -> None:
    examples = (
        'examples: {one: {dataValue: {a: x}, serializedValue: \'{"a": "y"}\'}, two: {serializedValue: \'{"a": "z"}\'}}'
    )
    media = f"{{schema: {{type: object, properties: {{a: {{type: string}}}}}}, {examples}}}"
    ref = "{content: {application/json: {$ref: '#/components/mediaTypes/M'}}}"
    reply = ref.replace("{content", "{description: ok, content")
    parameter = ref.replace("{content", "{name: filter, in: query, content")
    text = f"components: {{mediaTypes: {{M: {media}}}}}\npaths: {{/p: {{post: {{operationId: p, parameters: [{parameter}], requestBody: {ref}, responses: {{'200': {reply}}}}}}}}}"
    service = loaded(text)
    (operation,) = service.operations
    assert [(f.name, f.location) for f in operation.fields] == [("filter", "query"), ("a", "body")]
    assert operation.fields[0].type == "object" and operation.output.sample == {"a": "x"}
    assert [example.value["a"] for example in operation.request_examples] == ["x", "z"] and not service.problems

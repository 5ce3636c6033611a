"""What bodies and replies are by their media types: ranges, streams, written bodies, files."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.schemas.load.test_version32 import Read, codes

OBJECT = "{schema: {type: object, properties: {a: {type: string}}}}"
BYTES = "{schema: {type: string, format: binary}}"


def document(request: str, reply: str = f"application/json: {OBJECT}") -> str:
    replies = f"responses: {{'200': {{description: ok, content: {{{reply}}}}}}}"
    return f"paths: {{/t: {{post: {{operationId: t, requestBody: {{content: {{{request}}}}}, {replies}}}}}}}"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (f"'*/*': {OBJECT}", "application/json"),
        (f"application/*: {OBJECT}", "application/json"),
        (f"application/*+json: {OBJECT}", "application/json"),
        (f"'*/*': {BYTES}", "*/*"),
        (f"image/*: {BYTES}", "image/*"),
        ("text/*: {schema: {type: string}}", "text/plain"),
        (f"application/xml: {OBJECT}, application/json: {OBJECT}", "application/json"),
        (f"application/xml: {OBJECT}, application/vnd.a+json: {OBJECT}", "application/vnd.a+json"),
    ],
)
def test_what_is_sent(loaded: Read, written: str, sent: str) -> None:
    assert loaded(document(written)).operations[0].media_type == sent


@pytest.mark.parametrize(
    ("reply", "accept", "is_file"),
    [
        (f"'*/*': {OBJECT}", "application/json", False),
        (f"'*/*': {BYTES}", "*/*", True),
        ("'*/*': {}", "*/*", False),
        (f"text/csv: {BYTES}", "text/csv", True),
        ("text/csv: {schema: {type: string}}", "text/csv", False),
        ("application/pdf: {}", "application/pdf", True),
        (f"application/xml: {OBJECT}", "application/xml", False),
        (f"image/png: {BYTES}, application/json: {OBJECT}", "application/json", False),
    ],
)
def test_what_a_reply_is(loaded: Read, reply: str, accept: str, is_file: bool) -> None:
    operation = loaded(document(f"application/json: {OBJECT}", reply)).operations[0]
    assert (operation.accept, operation.output.binary) == (accept, is_file)


@pytest.mark.parametrize("media_type", ["application/xml", "application/soap+xml", "application/x-ndjson", "text/yaml"])
def test_a_written_body_is_one_text(loaded: Read, media_type: str) -> None:
    found = loaded(document(f"{media_type}: {OBJECT}"))
    (field,) = found.operations[0].fields
    assert (field.name, field.type, field.pointer) == ("body", "string", "") and codes(found) == ["written-body"]


def test_the_example_is_a_document_of_the_schema(loaded: Read) -> None:
    schema = (
        "{type: object, xml: {name: order, namespace: 'urn:o'}, properties: {id: {type: integer, xml: {attribute: true}},"
        " note: {type: string, example: a<b}, lines: {type: array, xml: {wrapped: true}, items: {type: string, xml: {name: line}}}}}"
    )
    (field,) = loaded(document(f"application/xml: {{schema: {schema}}}")).operations[0].fields
    root = ElementTree.fromstring(str(field.example))
    assert root.tag == "{urn:o}order" and root.attrib == {"id": "1"}
    assert [(child.tag, child.text) for child in root[1]] == [("{urn:o}line", "text")] and root[0].text == "a<b"


def test_json_in_a_text_of_a_form_is_no_file(loaded: Read) -> None:
    schema = "{type: object, properties: {a: {type: string, contentMediaType: application/json}, b: {type: string, contentMediaType: image/png}}}"
    fields = loaded(document(f"multipart/form-data: {{schema: {schema}}}")).operations[0].fields
    assert [(field.name, field.file) for field in fields] == [("a", None), ("b", "binary")]

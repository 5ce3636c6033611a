"""One operation as one Make request: address, query, headers and body, without what becomes of the reply."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from specloom.generator.make import iml
from specloom.generator.make.communication import multipart, styles
from specloom.generator.make.communication.form_bodies import (
    FormEntry,
    entries_of,
    form_body,
    form_text,
    is_text,
    unkept,
)
from specloom.generator.make.fields.schemas import keeps_digits, shape
from specloom.generator.make.fields.values import FormValue, Inputs, given_if, only_when, place, value, with_digits
from specloom.schemas.expressions import split_pointer
from specloom.schemas.media.kinds import media_kind
from specloom.schemas.memo import cached
from specloom.schemas.model import Field, Operation

MakeRequest = dict[str, Any]
ReportField = Callable[[Field, iml.Inexpressible], None]

EXTRA_BODY, EXTRA_QUERY = "additionalBody", "additionalQuery"
_WITH_BODY = ("POST", "PUT", "PATCH")
_TYPES = {"application/x-www-form-urlencoded": "urlencoded", "multipart/form-data": "multipart/form-data"}


def request(operation: Operation, inputs: Inputs, report: ReportField, *, extras: bool = False) -> MakeRequest:
    """The request; a field IML cannot express is left out and reported. Raises Inexpressible where the request as
    a whole has no form in Make. With `extras` it carries the additional body and query fields of the form."""
    placed = _placed(operation, inputs)
    apart = [field for field in placed["query"] if styles.in_query_text(field) and field.name not in inputs.ready]
    url = _url(operation, inputs) + styles.query_text(apart, inputs)
    written: MakeRequest = {"url": url, "method": _method(operation), "encodeUrl": False}
    if operation.method != "GET":
        written["followAllRedirects"] = True  # a result may stand elsewhere
    signed, signed_query = inputs.sign(operation)
    headers = {**signed, **_headers(operation, placed, inputs, report, inputs.cookie or signed.get("Cookie", ""))}
    if headers:
        written["headers"] = headers
    query = _query([field for field in placed["query"] if field not in apart], inputs, report)
    query = {**query, **signed_query}
    if extras:
        query["{{...}}"] = extra(EXTRA_QUERY)
    if query:
        written["qs"] = query
    if operation.media_type and _has_body(operation):
        _write_body(written, operation, placed["body"], inputs, report, extras)
    elif operation.method in _WITH_BODY:
        written.update(type="text", body="")  # Make wants one: an empty text is none
    if inputs.temps:
        written["temp"] = dict(inputs.temps)
    return written


def _write_body(
    written: MakeRequest,
    operation: Operation,
    fields: Sequence[Field],
    inputs: Inputs,
    report: ReportField,
    extras: bool,
) -> None:
    kind = written["type"] = body_type(operation.media_type)
    inputs.marks = kind == "json" and any(map(keeps_digits, fields)) and not inputs.ready
    written["body"] = _body(kind, fields, inputs, report, extras)
    if kind == "urlencoded" and not isinstance(written["body"], dict):
        written["type"] = "text"
        written.setdefault("headers", {})["Content-Type"] = operation.media_type
    if inputs.marks:  # numbers in it stand as they were given, so that it is written as a text
        media_type = operation.media_type if "*" not in operation.media_type else ""
        written.setdefault("headers", {})["Content-Type"] = iml.constant(media_type or "application/json")
        written.update(type="text", body=with_digits(written["body"], inputs))


def _method(operation: Operation) -> str:
    if operation.method not in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        raise iml.Inexpressible(f"Make cannot send {operation.method}")
    return operation.method


@cached(128)
def extra(name: str) -> str:
    """What the escape hatch adds: a JSON object the user wrote, or nothing."""
    return iml.wrap(f"if(parameters.{name}, parseJSON(ifempty(parameters.{name}, 'null')), {iml.UNDEFINED})")


def _has_body(operation: Operation) -> bool:
    """Whether there is one to send: documents give empty ones even to what reads."""
    return operation.method in _WITH_BODY or any(field.location == "body" for field in operation.fields)


def has_json_body(operation: Operation) -> bool:
    return bool(operation.media_type) and _has_body(operation) and body_type(operation.media_type) == "json"


@cached(128)
def body_type(media_type: str) -> str:
    """Make's name for how the body is encoded."""
    base = media_type.partition(";")[0].strip().lower()
    if base in _TYPES:
        return _TYPES[base]
    if not base or base == "*/*" or base == "application/json" or base.endswith("+json"):
        return "json"
    return "text" if media_kind(base) in ("text", "lines", "events") else "binary"


def _placed(operation: Operation, inputs: Inputs) -> Mapping[str, Sequence[Field]]:
    """Those of its fields that are sent, by location."""
    placed: defaultdict[str, list[Field]] = defaultdict(list)
    refs = inputs.refs
    for field in operation.fields:
        if field.name in refs:
            placed[field.location].append(field)
    return placed


@cached(32768)
def literal_path(path: str) -> str:
    """A fixed part of an address, percent-encoded so that it can neither leave its place nor hold IML."""
    return quote(path, safe="/-._~!$&'()*+,;=:@%")


def _url(operation: Operation, inputs: Inputs) -> str:
    fields = {field.pointer: field for field in operation.fields if field.location == "path"}
    url = server_url(operation.server) if operation.server else ""
    rest = operation.path.partition("#")[0]  # a fragment tells operations apart in a document, and is never sent
    while rest:
        before, brace, rest = rest.partition("{")
        url += literal_path(before)
        if not brace:
            break
        name, _, rest = rest.partition("}")
        field = fields.get(name)
        if field is None or field.name not in inputs.refs:
            raise iml.Inexpressible(f"the address needs {name!r}")
        url += styles.path_value(field, inputs)
    if len(url) > 512:
        raise iml.Inexpressible("Make takes addresses of 512 characters at most")
    return url or "/"


@cached(128)
def server_url(server: str) -> str:
    """An absolute address of the document, percent-encoded; '' where it is none."""
    parts = urlsplit(server)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise iml.Inexpressible(f"{server!r} is no address Make can call")
    return f"{parts.scheme}://{quote(parts.netloc, safe=':[]')}{literal_path(parts.path)}".rstrip("/")


def _headers(
    operation: Operation, placed: Mapping[str, Sequence[Field]], inputs: Inputs, report: ReportField, credential: str
) -> dict[str, FormValue]:
    """`credential`: where it is a cookie, that goes before the operation's own."""
    headers: dict[str, FormValue] = {}
    for field in placed["header"]:
        try:
            headers[iml.constant(field.pointer)] = _flat(field, inputs)
        except iml.Inexpressible as error:
            report(field, error)
    if placed["cookie"]:
        headers["Cookie"] = styles.cookies(placed["cookie"], inputs, credential)
    media_type = operation.media_type.partition(";")[0].strip().lower()
    if (
        _has_body(operation)
        and media_type
        and "*" not in media_type
        and media_type not in ("application/json", *_TYPES)
    ):
        headers["Content-Type"] = iml.constant(media_type)
    whole = next((field for field in placed["body"] if not field.pointer and shape(field) == "file"), None)
    if whole is not None and "*" in media_type:
        headers["Content-Type"] = multipart.type_of("", inputs.refs[whole.name])
    if operation.accept and operation.accept not in ("application/json", "*/*"):
        headers["Accept"] = iml.constant(operation.accept)
    return headers


def _flat(field: Field, inputs: Inputs) -> FormValue:
    """A value for a header or a query parameter: lists are joined unless they repeat the parameter."""
    ref = inputs.refs[field.name]
    written = value(field, inputs)
    if field.name in inputs.ready:
        return written
    if field.location == "header" and styles.is_spread(field):
        return only_when(field, styles.header_object(field, inputs), inputs)
    if field.type in ("object", "any") or field.encoding:
        return given_if(ref, iml.wrap(f"createJSON(ifempty({_inner(written, inputs)}, ''))"), inputs)
    if field.repeated and not (field.explode and field.location == "query"):
        separator = styles.SEPARATORS.get(field.style, ",")
        return only_when(field, iml.wrap(f"ifempty(join({ref}, '{separator}'), {iml.UNDEFINED})"), inputs)
    return written


def _inner(written: FormValue, inputs: Inputs) -> str:
    return str(written[2:-2]) if iml.is_wrapped(written) else inputs.keep(written)


def _query(fields: Sequence[Field], inputs: Inputs, report: ReportField) -> dict[str, FormValue]:
    query: dict[str, FormValue] = {}
    for field in fields:
        try:
            if field.when or inputs.ready:  # then it is more than the field that matters
                query.update(_query_part(field, inputs))
            else:
                query.update(inputs.once(field, inputs.refs[field.name], partial(_query_part, field, inputs)))
        except iml.Inexpressible as error:
            report(field, error)
    return query


def _query_part(field: Field, inputs: Inputs) -> dict[str, FormValue]:
    spread = field.type == "object" and field.fields and (field.style == "deepObject" or field.explode)
    if not spread or field.encoding or field.repeated or field.name in inputs.ready:
        return {iml.constant(field.pointer): _flat(field, inputs)}
    return _spread(field, inputs, iml.constant(field.pointer) if field.style == "deepObject" else "")


def _spread(field: Field, inputs: Inputs, key: str) -> dict[str, FormValue]:
    """The parts of an object as parameters of their own: `min`, or with the object's key `price[min]`, and below it
    `price[range][min]`."""
    inner = inputs.below(field)
    parts: dict[str, FormValue] = {}
    for child in field.fields:
        own = iml.constant(f"{key}[{child.name}]" if key else child.name)
        if key and child.type == "object" and child.fields and not child.repeated and not child.when:
            parts.update(_spread(child, inner, own))
        elif child.location != "selector":
            parts[own] = _flat(child, inner)
    return parts


def _body(kind: str, fields: Sequence[Field], inputs: Inputs, report: ReportField, extras: bool) -> FormValue:
    whole = next((field for field in fields if not field.pointer), None)
    if whole is not None:
        return _whole(whole, kind, inputs)
    if kind in ("text", "binary"):
        return ""
    if kind != "json":
        return _form(kind, fields, inputs, report)
    tree: dict[str, FormValue] = {}
    for field in fields:
        try:
            place(tree, field.pointer, value(field, inputs))
        except iml.Inexpressible as error:
            report(field, error)
    if extras:
        tree["{{...}}"] = extra(EXTRA_BODY)
    return tree


def _form(kind: str, fields: Sequence[Field], inputs: Inputs, report: ReportField) -> FormValue:
    """The keys and values of a form, or the text of one whose separators are not to be encoded."""
    entries: list[FormEntry] = []
    files: dict[str, FormValue] = {}
    for field in fields:
        try:
            if kind != "urlencoded" and (part := multipart.part_of(field, inputs)) is not None:
                files[iml.constant("/".join(split_pointer(field.pointer)))] = part
            else:
                entries += entries_of(field, inputs)
                for said in unkept(field):
                    report(field, said)
        except iml.Inexpressible as error:
            report(field, error)
    if kind == "urlencoded" and is_text(entries):
        return form_text(entries, inputs)
    return {**form_body(entries), **files}


def _whole(field: Field, kind: str, inputs: Inputs) -> FormValue:
    if kind == "binary" and shape(field) == "file":
        return iml.wrap(f"{inputs.refs[field.name]}.data")
    written = value(field, inputs)
    if kind == "json" and not field.required and iml.is_wrapped(written):
        # Make wants a body all the same.
        return iml.wrap(f"ifempty({written[2:-2]}, {inputs.keep({})})")
    return written

"""Steps that take longer than Make waits run through the gateway, where the connection names one."""

from __future__ import annotations

from urllib.parse import quote

from specloom.generator.make import iml
from specloom.generator.make.app import App
from specloom.generator.make.communication import errors
from specloom.generator.make.communication.requests import EXTRA_BODY, EXTRA_QUERY, MakeRequest, extra, has_json_body
from specloom.generator.make.connection.secrets import GATEWAY_KEY_HEADER
from specloom.generator.make.fields.values import by_name, from_form
from specloom.schemas.model import Operation

LIMIT = 40.0
"""Seconds Make gives a module."""
_SLOW = 20.0
"""A call documented to take longer than this is worth the detour."""
_HOLD = 25
"""Seconds the gateway is asked to hold the call."""

PRESENT = "ifempty(connection.gatewayUrl, '') != ''"
ABSENT = "ifempty(connection.gatewayUrl, '') = ''"


def routes(operation: Operation) -> bool:
    """Whether the operation may outlast Make's time and can be put into the gateway's flat JSON."""
    slow = operation.job is not None or (operation.duration or 0) > _SLOW
    return slow and not any(field.file == "binary" for field in operation.fields) and not operation.output.binary


def run(app: App, operation: Operation, given: dict[str, str]) -> MakeRequest:
    """POST /run/<service>/<operation> with every input by name; the reply is the normalized result itself."""
    app.routed = True
    inputs = from_form(operation.fields, given)
    body = {}
    for field in operation.fields:
        try:
            body[iml.constant(field.name)] = by_name(field, inputs)
        except iml.Inexpressible as error:
            app.field_report(operation)(field, error)
    body[EXTRA_QUERY] = extra(EXTRA_QUERY)
    if has_json_body(operation):
        body[EXTRA_BODY] = extra(EXTRA_BODY)
    wait = f"if(parameters.waitForCompletion != false, 'wait={_HOLD}', 'respond-async')"
    written: MakeRequest = {
        "url": f"{{{{connection.gatewayUrl}}}}/run/{quote(app.service.key, safe='')}/"
        f"{quote(operation.operation_id, safe='')}",
        "method": "POST",
        "encodeUrl": False,
        **app.whole(headers(iml.wrap(wait) if operation.job else f"wait={_HOLD}")),
        "type": "json",
        "body": body,
        "condition": iml.wrap(PRESENT),
        "response": {"temp": {"result": "{{body}}"}, **errors.gateway_rules(), "output": "{{body}}"},
        "log": app.log,
    }
    if inputs.temps:
        written["temp"] = dict(inputs.temps)
    return written


def headers(prefer: str = "") -> dict[str, str]:
    key = {GATEWAY_KEY_HEADER: "{{connection.gatewayKey}}"}
    return {**key, "Prefer": prefer} if prefer else key

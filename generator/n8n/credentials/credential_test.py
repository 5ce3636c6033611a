"""The request behind the credential's Test button, as n8n runs it: declarative, no code.

n8n calls a test good when the request does not throw. `ignoreHttpStatusErrors` decides which statuses throw, so a
service without a free read is tested by a call that must be refused for its body: that refusal does not throw, a
refused key does.
"""

from __future__ import annotations

import json
from urllib.parse import urlencode

from msgspec.structs import replace

from specloom.generator.n8n.credentials.servers import Address
from specloom.generator.n8n.fields.scalars import Property
from specloom.generator.n8n.text import quiet
from specloom.schemas.http.serialization import to_wire
from specloom.schemas.http.styles import InputError
from specloom.schemas.model import Auth, Service

STATUSES = (*range(400, 452), *range(500, 512))
LONGEST_PATH = 2000
_MEANING = {
    401: "{title} refused the key",
    402: "The key is known, but the account has nothing left to spend",
    403: "{title} knows the key, but does not let it do this",
    404: "Nothing answers at this Base URL: is its path complete?",
    405: "Nothing answers at this Base URL: is its path complete?",
    429: "Too many requests: try again later",
}


def test_request(service: Service, where: Address, auth: Auth) -> Property:
    """n8n's ICredentialTestRequest: the service's connection test, if it takes this credential, else a read that does;
    a bare GET where there is none."""
    service = replace(service, connection=service.test_of(auth))
    connection, sent = service.connection, _request(service)
    if connection is None or sent is None:
        accepted = [status for status in STATUSES if status not in (401, 403)]
        request: Property = {"baseURL": where.expression, "url": "/", "method": "GET"}
    else:
        accepted = [status for status in STATUSES if _listed(status, connection.valid)]
        request = {"baseURL": where.expression, **sent}
    # A key must not travel along a redirect to another server.
    request["disableFollowRedirect"] = True
    if accepted:
        request["ignoreHttpStatusErrors"] = {
            "ignore": True,
            "except": [300, *range(301, 309), *(status for status in STATUSES if status not in accepted)],
        }
    return {"request": request, "rules": _rules(service, accepted)}


def _listed(status: int, patterns: tuple[str, ...]) -> bool:
    return str(status) in patterns or f"{status // 100}XX" in patterns


def _request(service: Service) -> Property | None:
    """The call the document names; None where it names none, or leaves out what the call needs."""
    connection = service.connection
    operation = service.operation(connection.operation_id) if connection else None
    if connection is None or operation is None:
        return None
    try:
        sent = to_wire(operation, connection.inputs)
    except InputError:
        return None
    if len(sent.path) > LONGEST_PATH:
        return None
    body = connection.body if connection.raw_body else sent.body
    url = sent.path + (f"?{urlencode(sent.query)}" if sent.query else "")
    found: Property = {"url": url, "method": operation.method}
    given = {name: value for name, value in sent.headers.items() if not value.startswith("=")}
    headers = {"Accept": "application/json", **given}
    if operation.writes and body is not None:
        # As text: n8n leaves out a body that is an empty object.
        found["body"] = json.dumps(body, ensure_ascii=True)
        headers["Content-Type"] = "application/json"
    return {**found, "headers": headers}


def _rules(service: Service, accepted: list[int]) -> list[Property]:
    title = quiet(service.title, 60) or "The service"
    return [
        {"type": "responseCode", "properties": {"value": status, "message": text.replace("{title}", title)}}
        for status, text in _MEANING.items()
        if status not in accepted
    ]

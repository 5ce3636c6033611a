"""What the versions of a node cannot keep of an earlier document, told with its place and what to do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from specloom.generator.n8n.credentials.emit import credentials
from specloom.generator.n8n.text import plain
from specloom.schemas.model import Operation, Service
from specloom.schemas.problems import Location, Problem


def unkept(old: Service, new: Service) -> Iterator[Problem]:
    """What a node has once for all of its versions, and the new document changes."""
    if old.key != new.key:
        message = f"Workflows made with the key {old.key!r} hold another node than {new.key!r}: nothing of it is kept"
        yield _problem(message, f"Keep the key with 'x-specloom: {{key: {old.key}}}'")
        return
    yield from _connection(old, new)
    guarded = {operation.operation_id for operation in old.operations if operation.sensitive}
    for operation in new.operations:
        name = operation.operation_id
        if operation.sensitive and name not in guarded and old.operation(name):
            message = "It has to be confirmed now, in every version"
            yield _problem(message, "Turn on Confirm in the workflows that use it", name)


def _connection(old: Service, new: Service) -> Iterator[Problem]:
    known = {credential.name: credential for credential in credentials(new)[0]}
    for was in credentials(old)[0]:
        title = plain(was.display_name, 80)
        if was.name not in known:
            yield _problem(f"The credential {title!r} is gone", "Everybody has to connect again")
            continue
        asked = {found["name"] for found in was.properties}
        for found in known[was.name].properties:
            if found.get("required") and found["name"] not in asked:
                message = f"The credential {title!r} now wants {plain(found['displayName'], 60)!r}"
                yield _problem(message, "Everybody has to fill it in")
    if old.base_url not in ("", new.base_url):
        message = f"Every version now calls {plain(new.base_url, 200) or 'the address in the credential'}"
        yield _problem(message, f"The Base URL of a credential can keep {plain(old.base_url, 200)}")


def doubtful(old: Service, new: Service, carried: Collection[str]) -> Iterator[Problem]:
    """Steps (`carried`: their operationIds) and events that earlier versions keep, and that may yet fail."""
    known = {endpoint(operation) for operation in new.operations}
    for operation in old.operations:
        if operation.operation_id in carried and endpoint(operation) not in known:
            call = plain(f"{operation.method} {operation.path}", 200)
            message = f"Steps of earlier versions still call {call}, which the new document does not have"
            yield _problem(message, "Once the service no longer answers it, these steps fail", operation.operation_id)
    events = {trigger.event for trigger in new.triggers}
    for trigger in old.triggers:
        if trigger.event not in events:
            message = f"The event {plain(trigger.name, 80)!r} is in earlier versions only: the new document has it not"
            hint = "Once the service no longer tells it, these workflows do not start"
            yield _problem(message, hint, f"trigger:{trigger.event}")


def endpoint(operation: Operation) -> tuple[str, str]:
    """What it calls, whatever the parameters in its path are named."""
    return operation.method, re.sub(r"\{[^}]*\}", "{}", operation.path)


def _problem(message: str, hint: str, operation: str = "") -> Problem:
    return Problem("warning", "n8n-version", message, hint, Location(operation=operation))

"""Jobs begun on a drop-in route: the caller polls as ever, and the gateway follows too if somebody is to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from specloom.connector.errors import dumps
from specloom.connector.gateway.auth import Caller
from specloom.connector.gateway.context import GatewayContext
from specloom.connector.jobs.store import JobRecord
from specloom.connector.upstream.endpoints import Endpoint
from specloom.schemas.expressions import Exchange, ExpressionError, split_pointer


@dataclass(slots=True)
class ProxyJob:
    """`data` is the body with our callback URL in it, None where it goes on as it came."""

    shared: GatewayContext
    endpoint: Endpoint
    job: JobRecord
    body: Any
    data: bytes | None

    @classmethod
    def of(
        cls, shared: GatewayContext, endpoint: Endpoint, caller: Caller, body: Any, callback: str | None
    ) -> ProxyJob | None:
        """None where nobody wants to be told. Raises Refused where the caller's own webhook may not be called."""
        job = endpoint.operation.job
        if job is None:
            return None
        place = _place(endpoint, job.callback_field)
        own = body.get(place) if isinstance(body, dict) and place else None
        relayed = bool(own) and bool(shared.settings.url)
        if not relayed and not callback and not shared.publisher.wants(caller.tenant):
            return None
        inputs: dict[str, Any] = {job.callback_field: own} if own else {}
        token, relay = shared.jobs.doorbell(endpoint, inputs) if isinstance(body, dict) and place else ("", None)
        if relay is not None:
            shared.jobs.check_relay(str(relay))
        made = shared.jobs.watch(caller, endpoint, token, callback, relay)
        if made is None:  # no ledger: the call goes on without us, the caller's webhook untouched
            return None
        if not token:
            return cls(shared, endpoint, made, body, None)
        changed = {**body, place: inputs[job.callback_field]}
        return cls(shared, endpoint, made, changed, dumps(changed))

    def answered(self, exchange: Exchange | None) -> Mapping[str, str]:
        """Headers for the reply."""
        follows = self.shared.jobs.watched(self.job, self.endpoint, exchange)
        return {"Specloom-Job": f"/jobs/{self.job.id}"} if follows else {}


def _place(endpoint: Endpoint, name: str) -> str:
    """The property of the body that takes the callback URL; '' where it is not at the top of a JSON body."""
    field = endpoint.operation.field(name) if name else None
    if field is None or field.location != "body" or not endpoint.is_json:
        return ""
    try:
        tokens = split_pointer(field.pointer)
    except ExpressionError:
        tokens = (field.pointer,)
    return tokens[0] if len(tokens) == 1 else ""

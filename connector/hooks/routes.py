"""The routes of /hooks, /events and /deliveries, as a blueprint of the gateway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, current_app, request

from connector.answers import Refused
from connector.dispatch.parts import guard_of
from connector.dispatch.sender import Sender
from connector.dispatch.settings import delivery_settings
from connector.events import handlers as events
from connector.gateway import Gateway, gateway
from connector.hooks import handlers as hooks
from connector.hooks.room import Room

_EXTENSION = "specloom.hooks"
blueprint = Blueprint("hooks", __name__)

ROUTES: tuple[tuple[str, str, Callable[..., Response]], ...] = (
    ("GET", "/hooks", hooks.list_hooks),
    ("POST", "/hooks", hooks.create_hook),
    ("GET", "/hooks/<hook_id>", hooks.get_hook),
    ("PATCH", "/hooks/<hook_id>", hooks.change_hook),
    ("DELETE", "/hooks/<hook_id>", hooks.delete_hook),
    ("POST", "/hooks/<hook_id>/test", hooks.try_hook),
    ("POST", "/hooks/<hook_id>/secret", hooks.rotate_secret),
    ("POST", "/hooks/<hook_id>/replay", hooks.replay_hook),
    ("GET", "/deliveries", hooks.list_deliveries),
    ("POST", "/deliveries/replay", hooks.replay_deliveries),
    ("GET", "/deliveries/<delivery_id>", hooks.get_delivery),
    ("POST", "/deliveries/<delivery_id>/replay", hooks.replay_delivery),
    ("GET", "/events", events.list_events),
    ("POST", "/events", events.emit_event),
    ("GET", "/events/samples", events.list_samples),
    ("GET", "/events/<event_id>", events.get_event),
)


def _route(method: str, rule: str, handler: Callable[..., Response]) -> None:
    def view(**ids: Any) -> Response:
        return handler(_room(), **ids)

    blueprint.add_url_rule(rule, handler.__name__, view, methods=[method])


for _method, _rule, _handler in ROUTES:
    _route(_method, _rule, _handler)


def _room() -> Room:
    found: Room | None = current_app.extensions.get(_EXTENSION)
    return found or current_app.extensions.setdefault(_EXTENSION, _make_room(gateway()))


def _make_room(shared: Gateway) -> Room:
    environ = shared.settings.environ
    guard, settings = guard_of(environ), delivery_settings(environ)
    send = Sender(guard, shared.ledger.vault.unseal, settings).send
    return Room(shared.ledger, guard, settings, send, shared.sink.wake, _Access(shared))


class _Access:
    """The gateway's callers, as the routes ask for them."""

    def __init__(self, shared: Gateway) -> None:
        self._callers, self._vendors = shared.callers, shared.vendors

    def tenants(self, services: Sequence[str] = ()) -> list[str]:
        wanted = {key: vendor for key, vendor in self._vendors.items() if not services or key in services}
        return self._callers.tenants(request, wanted)

    def key_tenant(self) -> str:
        tenant = self._callers.tenant_of_key(request)
        if tenant is None:
            raise Refused("unauthorized", "Events are emitted with a gateway key, in X-Specloom-Key")
        return tenant

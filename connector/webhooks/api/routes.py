"""The routes of /hooks, /events and /deliveries as a Flask blueprint."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.routing import UnicodeConverter

from specloom.connector.errors import Refused, error_reply
from specloom.connector.ledger import Ledger
from specloom.connector.webhooks.api import events, hooks
from specloom.connector.webhooks.api.context import Access, WebhooksContext
from specloom.connector.webhooks.delivery.backends import Fanout

ROUTES: tuple[tuple[str, str, Callable[..., Response]], ...] = (
    ("GET", "/hooks", hooks.list_hooks),
    ("POST", "/hooks", hooks.create_hook),
    ("GET", "/hooks/<hook_id>", hooks.get_hook),
    ("PATCH", "/hooks/<hook_id>", hooks.change_hook),
    ("DELETE", "/hooks/<hook_id>", hooks.delete_hook),
    ("POST", "/hooks/<hook_id>/test", hooks.try_hook),
    ("POST", "/hooks/callbacks/secret", hooks.rotate_callback_secret),
    ("POST", "/hooks/<hook_id>/secret", hooks.rotate_secret),
    ("POST", "/hooks/<hook_id>/replay", hooks.replay_hook),
    ("GET", "/deliveries", hooks.list_deliveries),
    ("POST", "/deliveries/replay", hooks.replay_deliveries),
    ("GET", "/deliveries/<own_id:delivery_id>", hooks.get_delivery),
    ("POST", "/deliveries/<own_id:delivery_id>/replay", hooks.replay_delivery),
    ("GET", "/events", events.list_events),
    ("POST", "/events", events.emit_event),
    ("GET", "/events/samples", events.list_samples),
    ("GET", "/events/<own_id:event_id>", events.get_event),
)


class OwnId(UnicodeConverter):
    """An id of ours: no word that stands for another route, such as `replay` or `samples`."""

    regex = r"[a-z]+_[^/]*"


def blueprint(ledger: Ledger, fanout: Fanout, access: Access) -> Blueprint:
    """Errors are {"error": {type, message, …}}; 503 when the ledger cannot be used: nothing was accepted then."""
    context = WebhooksContext(ledger, fanout, access)
    made = Blueprint("hooks", __name__)
    made.record(lambda state: state.app.url_map.converters.update(own_id=OwnId))
    for method, rule, handler in ROUTES:
        made.add_url_rule(rule, handler.__name__, partial(handler, context), methods=[method])
    made.register_error_handler(Refused, error_reply)
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        made.register_error_handler(kind, _no_ledger)
    return made


def _no_ledger(_error: Exception) -> Response:
    message = "The ledger cannot be used at the moment; nothing was accepted"
    return error_reply(Refused("unreachable", message, status=503, retry_after=5))

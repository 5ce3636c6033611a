"""The other end: takes deliveries in Python, and lets in only what the gateway signed, once."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from flask import Blueprint, Response, request

from specloom.connector.webhooks.signing import BadSignature, verify

MAX_BODY = 16 * 2**20
_REMEMBERED = 600.0
"""Seconds. A signature is good for five minutes either way."""


class _Memory:
    """What was seen lately, safe for threads."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, entry: str) -> bool:
        """False where it is there already."""
        now = time.monotonic()
        with self._lock:
            while self._seen and next(iter(self._seen.values())) < now - _REMEMBERED:
                self._seen.popitem(last=False)
            if entry in self._seen:
                return False
            self._seen[entry] = now
            return True

    def forget(self, entry: str) -> None:
        with self._lock:
            self._seen.pop(entry, None)


def receiver(secrets: Sequence[str], handle: Callable[[str, str, bytes], None], rule: str = "/") -> Blueprint:
    """A blueprint whose POST on `rule` calls `handle(event type, webhook-id, body)`, once for each event.

    401 for what is not signed with one of `secrets`, is older than five minutes, or was sent before. Another attempt
    at an event that is known, with a time and a signature of its own, is answered with 204 and not handled again."""
    calls, handled = _Memory(), _Memory()
    made = Blueprint("receiver", __name__)

    @made.post(rule)
    def receive() -> Response:
        body = request.stream.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            return Response("too large\n", 413)
        try:
            message_id = verify(secrets, dict(request.headers), body)
        except BadSignature as error:
            return Response(f"{error}\n", 401)
        if not calls.add(f"{message_id} {request.headers['webhook-timestamp']}"):
            return Response("this call was made before\n", 401)
        if handled.add(message_id):
            try:
                handle(request.headers.get("Specloom-Event", ""), message_id, body)
            except Exception:
                handled.forget(message_id)
                raise
        return Response(status=204)

    return made

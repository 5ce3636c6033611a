"""Sends callbacks and webhooks as the document says they are signed, a few times if need be."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from specloom.connector.emulator.settings import EmulatorSettings
from specloom.schemas.model import Signature

_EXAMPLE_HOST = re.compile(r"(^|\.)(example(\.(com|net|org))?|invalid|test)$")
"""Reserved names: the documents' own examples, which nobody listens at."""
_HASHES = {"hmac-sha1": hashlib.sha1, "hmac-sha256": hashlib.sha256, "hmac-sha512": hashlib.sha512}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt. `status` is 0 where nobody answered."""

    service: str
    url: str
    headers: dict[str, str]
    body: bytes
    status: int
    attempt: int


def signature_headers(signature: Signature, secret: str, body: bytes, timestamp: int, id_: str) -> dict[str, str]:
    """The headers that prove who sent `body`. `secret` is used as its UTF-8 bytes."""
    content = signature.content.encode()
    for name, value in (("timestamp", str(timestamp).encode()), ("id", id_.encode()), ("body", body)):
        content = content.replace(b"{%s}" % name.encode(), value, 1)
    digest = hmac.new(secret.encode(), content, _HASHES[signature.algorithm]).digest()
    text = digest.hex() if signature.encoding == "hex" else base64.b64encode(digest).decode()
    headers = {signature.signature_header: signature.prefix + text}
    if signature.timestamp_header:
        headers[signature.timestamp_header] = str(timestamp)
    if signature.id_header:
        headers[signature.id_header] = id_
    return headers


class Callbacks:
    """Deliveries of all services; `note` is told of each attempt."""

    def __init__(self, settings: EmulatorSettings, note: Callable[[Delivery], None]) -> None:
        self._settings = settings
        self._note = note
        self._stopped = threading.Event()
        self._session = requests.Session()
        self._session.trust_env = False

    def send(
        self,
        service: str,
        url: str,
        payload: Any,
        signature: Signature | None,
        secret: str,
        after: float = 0.0,
    ) -> None:
        """Deliver in the background, `after` seconds from now. `payload` may be a function that makes it then."""
        if _EXAMPLE_HOST.search(urlsplit(url).hostname or ""):
            return
        arguments = (service, url, payload, signature, secret, after)
        threading.Thread(target=self._deliver, args=arguments, daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _deliver(
        self, service: str, url: str, payload: Any, signature: Signature | None, secret: str, after: float
    ) -> None:
        if self._stopped.wait(after):
            return
        value = payload() if callable(payload) else payload
        body = json.dumps(value, ensure_ascii=False).encode()
        id_ = f"msg_{uuid.uuid4().hex}"
        for attempt, delay in enumerate((0.0, *self._settings.callback_delays), start=1):
            if self._stopped.wait(delay):
                return
            headers = {"Content-Type": "application/json", "User-Agent": "specloom-emulator"}
            if signature is not None:
                headers |= signature_headers(signature, secret, body, int(time.time()), id_)
            status = self._post(url, body, headers)
            self._note(Delivery(service=service, url=url, headers=headers, body=body, status=status, attempt=attempt))
            if 200 <= status < 300:
                return

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        try:
            timeout = self._settings.callback_timeout
            reply = self._session.post(url, data=body, headers=headers, timeout=timeout, allow_redirects=False)
        except (requests.RequestException, ValueError):
            return 0
        return reply.status_code

"""Standard Webhooks signatures, through the reference library with its traps closed."""

from __future__ import annotations

import base64
import binascii
import math
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

PREFIX = "whsec_"
_BYTES = 32
_LEAST, _MOST = 24, 64  # bytes of a secret, as the specification has it


class BadSignature(Exception):
    """Not signed with this secret, or not now. Says no more than that to whoever sent it."""


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


@lru_cache(maxsize=4096)
def _webhook(secret: str) -> Webhook:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a signing secret is base64 after whsec_") from None
    if not _LEAST <= len(key) <= _MOST:  # the library takes a single byte
        raise ValueError(f"a signing secret has {_LEAST} to {_MOST} bytes")
    return Webhook(key)


def headers(secret_texts: Sequence[str], message_id: str, body: str, *, now: float | None = None) -> dict[str, str]:
    """`webhook-id`, `-timestamp` and, where there are secrets, `-signature` with one signature for each of them."""
    at = math.floor(time.time() if now is None else now)
    result = {"webhook-id": message_id, "webhook-timestamp": str(at)}
    if secret_texts:
        moment = datetime.fromtimestamp(at, tz=UTC)  # the library reads any other zone's clock as UTC
        signatures = [_webhook(secret).sign(message_id, moment, body) for secret in secret_texts]
        result["webhook-signature"] = " ".join(signatures)
    return result


def verify(secret_texts: Sequence[str], given: Mapping[str, str], body: bytes) -> str:
    """The message's id when one of the secrets signed it within five minutes. Raises BadSignature, nothing else."""
    lower = {name.lower(): value for name, value in given.items()}
    signatures = [part for part in lower.get("webhook-signature", "").split(" ") if part.startswith("v1,")]
    message = {name: lower.get(name, "") for name in ("webhook-id", "webhook-timestamp")}
    for secret in secret_texts:
        for signature in signatures[:10]:
            try:
                # json_parse off: what the body says is nobody's business before it is known whose it is
                _webhook(secret).verify(body, {**message, "webhook-signature": signature}, json_parse=False)
            except (WebhookVerificationError, ValueError, binascii.Error, OverflowError, UnicodeError):
                continue
            return message["webhook-id"]
    raise BadSignature("the signature is missing, wrong or too old")

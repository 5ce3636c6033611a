"""Makes one delivery: signs it, sends it through the guard, reads the answer within the time there is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from functools import lru_cache

import urllib3
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as RequestTimeout

from specloom.connector.network.deadline import Deadlines
from specloom.connector.network.ssrf import Guard, RefusedURL, SSRFGuardError
from specloom.connector.telemetry.logs import log
from specloom.connector.telemetry.metrics import Metrics
from specloom.connector.webhooks.delivery.model import Claim, Outcome
from specloom.connector.webhooks.delivery.settings import DeliverySettings
from specloom.connector.webhooks.signing import headers

USER_AGENT = "Specloom-Hooks"
_MOST_READ = 65536
"""Bytes of an answer; a connection whose answer is longer is not used again."""


class Sender:
    """Safe for many threads. `unseal` turns a sealed secret into its text; `metrics` counts, where there are any."""

    def __init__(
        self, guard: Guard, unseal: Callable[[str], str], settings: DeliverySettings, metrics: Metrics | None = None
    ) -> None:
        self._metrics = metrics
        self._guard, self._settings = guard, settings
        self._unseal = lru_cache(maxsize=4096)(unseal)
        self._deadlines = Deadlines()
        self._pool = guard.pool(num_pools=256, maxsize=settings.concurrency, block=False)

    def send(self, claim: Claim) -> Outcome:
        """Never raises: whatever goes wrong is the outcome, and is told to the log."""
        outcome = self._sent(claim)
        if self._metrics is not None:
            self._metrics.deliveries.labels("delivered" if outcome.delivered else "failed").inc()
        if not outcome.delivered:
            fields = {
                "delivery": claim.delivery_id, "hook": claim.hook_id, "attempt": claim.attempts + 1,
                "status": outcome.status, "ms": outcome.milliseconds,
            }  # fmt: skip
            reason = outcome.error.partition("'http")[0].rstrip(": ")  # the address of a hook is a secret
            log.warning("A delivery failed: %s", reason, extra={"fields": fields})
        return outcome

    def _sent(self, claim: Claim) -> Outcome:
        at, start = time.time(), time.monotonic()
        try:
            status, retry_after, text = self._post(claim)
        except Exception as error:
            late = time.monotonic() - start >= self._settings.timeout
            return Outcome(
                claim=claim, at=at, milliseconds=_since(start), error=_LATE if late else _reason(error)
            )  # fmt: skip
        wrong = "" if 200 <= status < 300 else f"HTTP {status}"
        if 300 <= status < 400:
            wrong += ": redirects are not followed"
        return Outcome(
            claim=claim, at=at, milliseconds=_since(start), status=status, error=wrong, response=text,
            retry_after=retry_after,
        )  # fmt: skip

    def _post(self, claim: Claim) -> tuple[int, float | None, str]:
        self._guard.check(claim.url, resolve=False)
        with self._deadlines.within(self._settings.timeout):
            answer = self._pool.urlopen(
                "POST", claim.url, body=claim.body.encode(), headers=self._headers(claim), retries=False,
                redirect=False, preload_content=False, timeout=urllib3.Timeout(total=self._settings.timeout),
            )  # fmt: skip
            text = _beginning(answer, self._settings.excerpt)
        return answer.status, seconds_of(answer.headers.get("Retry-After"), time.time()), text

    def _headers(self, claim: Claim) -> Mapping[str, str]:
        secrets = [self._unseal(sealed) for sealed in claim.sealed]
        return {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "Specloom-Event": claim.event_type,
            **headers(secrets, claim.event_id, claim.body),
        }


def _beginning(answer: urllib3.BaseHTTPResponse, size: int) -> str:
    """The status has been given: what goes wrong with the rest of the answer takes nothing away from it."""
    try:
        data = answer.read(_MOST_READ, decode_content=False)
    except (HTTPError, OSError, ValueError):
        data = b""
        answer.close()
    if len(data) == _MOST_READ:
        answer.close()
    answer.release_conn()
    return data[: size * 4].decode("utf-8", "replace").replace("\0", "")[:size]


def _since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)


_LATE = "no answer in time"
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (SSRFGuardError, "the URL leads to an address that is not allowed"),
    (NameResolutionError, "the host name does not resolve"),
    (NewConnectionError, "no connection"),
    (RequestTimeout, _LATE),
    (SSLError, "the TLS connection failed"),
    (HTTPError, "the connection broke"),
)


def _reason(error: Exception) -> str:
    """In our words: an exception's text can hold the URL, which for many hooks is a secret."""
    if isinstance(error, RefusedURL):
        return str(error)
    return next((text for kind, text in _REASONS if isinstance(error, kind)), f"not sent: {type(error).__name__}")


def seconds_of(header: str | None, now: float) -> float | None:
    """A Retry-After header, in seconds or as a date; None when there is none that can be read."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - now
        except (ValueError, OverflowError, TypeError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None

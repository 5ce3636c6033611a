"""The calls to vendors: one connection pool an owner, no environment proxies, no cookies, no redirects followed.

urllib3 itself, because requests on top of it takes as long again for every call, and would keep one tenant's cookies
for the next.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import certifi
import urllib3

from specloom.connector.network.masking import Masks
from specloom.connector.network.pools import OwnedPools, Pools
from specloom.connector.network.ssrf import Guard, RefusedURL, SSRFGuardError
from specloom.connector.telemetry.tracing import traced_call
from specloom.connector.upstream import egress
from specloom.connector.upstream.egress import manager, route_of, target_of

CONNECT_SECONDS = 10.0
CHUNK = 65536
_KEPT = 128
"""Connections of one owner to one server that are kept when no call is on them."""


def _manager() -> urllib3.PoolManager:
    return manager(num_pools=64, maxsize=_KEPT, cert_reqs="CERT_REQUIRED", ca_certs=certifi.where())


_pools = Pools(_manager)


class UpstreamError(Exception):
    """No usable reply. `kind` is an error type of a result; `sent` is False where the vendor surely got nothing."""

    def __init__(self, kind: str, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.sent = sent


@dataclass(slots=True)
class Reply:
    """A reply whose body is still to be read. `headers` has names in lower case."""

    status: int
    headers: Mapping[str, str]
    pairs: list[tuple[str, str]]
    raw: Any
    deadline: float
    masks: Masks | None = None
    """Of the server's own keys, which the body is handed out without."""

    def masked(self, masks: Masks | None) -> Reply:
        """The same reply without the server's own keys."""
        if masks is None:
            return self
        pairs = [(name, masks.header(value)) for name, value in self.pairs]
        return replace(self, headers={name.lower(): value for name, value in pairs}, pairs=pairs, masks=masks)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def length(self) -> int | None:
        """Bytes announced; None where nothing is, or where they are compressed."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isascii() and text.isdigit() and "content-encoding" not in self.headers else None

    def chunks(self) -> Iterator[bytes]:
        """The decoded body, for as long as no gap in it is longer than the time-out: whoever takes it may be as slow as
        they like. Raises UpstreamError where it ends too early."""
        return self._chunks() if self.masks is None else self.masks.pieces(self._chunks())

    def _chunks(self) -> Iterator[bytes]:
        try:
            while chunk := self.raw.read1(CHUNK, decode_content=True):
                yield chunk
        except urllib3.exceptions.ReadTimeoutError:
            raise UpstreamError("timeout", "The reply stopped arriving", sent=True) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise UpstreamError("provider_error", "The reply was cut short", sent=True) from error
        finally:
            self.close()

    def read(self, limit: int) -> bytes:
        """The whole body. Raises UpstreamError, also when it is larger than `limit` bytes or takes longer than the
        time-out altogether."""
        parts: list[bytes] = []
        size = 0
        for chunk in self.chunks():
            parts.append(chunk)
            size += len(chunk)
            if time.monotonic() > self.deadline:
                self.raw.close()
                raise UpstreamError("timeout", "The reply took too long to arrive", sent=True)
            if size > limit:
                self.raw.close()
                raise UpstreamError("provider_error", f"The reply is larger than {limit} bytes", sent=True)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """A connection whose body was read to its end goes back to the pool, any other is closed."""
        if self.raw.closed or getattr(self.raw, "_fp", None) is None or self.raw._fp.isclosed():
            self.raw.release_conn()
        else:
            self.raw.close()


@traced_call
def send(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, *, owner: str, timeout: float,
    guard: Guard | None = None,
) -> Reply:  # fmt: skip
    """One HTTP exchange up to the reply's headers, on a connection that only calls of `owner` were on. `timeout` is
    seconds for its head, and for each gap in its body. With a `guard` only where that lets it. Raises UpstreamError."""
    deadline = time.monotonic() + timeout
    waits = urllib3.Timeout(connect=min(CONNECT_SECONDS, timeout), read=timeout)
    try:
        if guard is not None:
            guard.check(url)
        owned = _pools.of(route_of(owner))
        pool, path = _pool(owned, url, guard)
        target, headers = target_of(owned.manager, url, path, headers)
        raw = pool.urlopen(
            method, target, body=body, headers=headers, retries=False, redirect=False, timeout=waits,
            preload_content=False, decode_content=False, assert_same_host=False,
        )  # fmt: skip
    except (RefusedURL, SSRFGuardError) as error:
        raise UpstreamError("provider_error", f"A redirect is not followed: {error}"[:300], sent=True) from None
    except (urllib3.exceptions.HTTPError, ValueError, OSError) as error:
        raise _explained(error) from error
    pairs = list(raw.headers.items())
    return Reply(raw.status, {k.lower(): v for k, v in pairs}, pairs, raw, deadline)


def _pool(owned: OwnedPools, url: str, guard: Guard | None) -> tuple[urllib3.HTTPConnectionPool, str]:
    """The pool for the URL's origin, and the rest of the URL as it goes over the wire. What a stranger named is dialled
    by its checked address, unless a proxy dials."""
    scheme, _, rest = url.partition("://")
    slash = rest.find("/")
    origin, target = (rest, "/") if slash < 0 else (rest[:slash], rest[slash:])
    if guard is not None and not egress.is_proxied():
        dialled = guard.pool(maxsize=1, cert_reqs="CERT_REQUIRED", ca_certs=certifi.where())
        return dialled.connection_from_url(f"{scheme}://{origin}"), target
    return owned.at(f"{scheme}://{origin}"), target


def _explained(error: Exception) -> UpstreamError:
    if isinstance(error, (urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.NameResolutionError)):
        return UpstreamError("unreachable", "The service cannot be reached", sent=False)
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return UpstreamError("unreachable", "The service does not accept connections", sent=False)
    if isinstance(error, (urllib3.exceptions.ReadTimeoutError, TimeoutError)):
        return UpstreamError("timeout", "The service did not answer in time", sent=True)
    if isinstance(error, urllib3.exceptions.SSLError):
        return UpstreamError("unreachable", f"No trusted connection: {error}"[:300], sent=False)
    if isinstance(error, (urllib3.exceptions.ProtocolError, OSError)):
        return UpstreamError("outcome_unknown", "The connection broke before an answer came", sent=True)
    return UpstreamError("unreachable", f"The call cannot be made: {error}"[:300], sent=False)

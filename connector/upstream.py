"""The calls to vendors: one connection pool a thread, no environment proxies, no cookies, no redirects followed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import NewConnectionError

CONNECT_SECONDS = 10.0
CHUNK = 65536
_local = threading.local()


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

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def length(self) -> int | None:
        """Bytes announced; None where nothing is, or where they are compressed."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isascii() and text.isdigit() and "content-encoding" not in self.headers else None

    def chunks(self) -> Iterator[bytes]:
        """The decoded body. Raises UpstreamError where it ends too early or takes too long."""
        try:
            while chunk := self.raw.read1(CHUNK, decode_content=True):
                yield chunk
                if time.monotonic() > self.deadline:
                    raise UpstreamError("timeout", "The reply took too long to arrive", sent=True)
        except urllib3.exceptions.ReadTimeoutError:
            raise UpstreamError("timeout", "The reply stopped arriving", sent=True) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise UpstreamError("provider_error", "The reply was cut short", sent=True) from error
        finally:
            self.close()

    def read(self, limit: int) -> bytes:
        """The whole body. Raises UpstreamError, also when it is larger than `limit` bytes."""
        parts: list[bytes] = []
        size = 0
        for chunk in self.chunks():
            parts.append(chunk)
            size += len(chunk)
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


def send(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, *, timeout: float, verify: bool | str = True
) -> Reply:
    """One HTTP exchange up to the reply's headers. `timeout` is seconds for the whole reply. Raises UpstreamError."""
    request = requests.PreparedRequest()
    request.method, request.url, request.body = method, url, body
    request.headers = CaseInsensitiveDict(headers)
    if body is not None or method in ("POST", "PUT", "PATCH"):
        request.headers["Content-Length"] = str(len(body or b""))
    deadline = time.monotonic() + timeout
    waits = (min(CONNECT_SECONDS, timeout), timeout)
    try:
        response = _adapter().send(request, stream=True, timeout=waits, verify=verify)
    except requests.RequestException as error:
        raise _explained(error) from error
    except (ValueError, OSError) as error:  # a URL or header that urllib3 does not take
        raise UpstreamError("unreachable", f"The call cannot be made: {error}"[:300], sent=False) from error
    raw = response.raw
    pairs = list(raw.headers.items())
    return Reply(response.status_code, {k.lower(): v for k, v in pairs}, pairs, raw, deadline)


def _adapter() -> HTTPAdapter:
    """The adapter of this thread's session. Session.send would keep one tenant's cookies for the next."""
    adapter: HTTPAdapter | None = getattr(_local, "adapter", None)
    if adapter is None:
        session = requests.Session()
        session.trust_env = False
        adapter = HTTPAdapter(pool_connections=16, pool_maxsize=2, max_retries=0)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        _local.session, _local.adapter = session, adapter
    return adapter


def _explained(error: requests.RequestException) -> UpstreamError:
    reason = getattr(error.args[0], "reason", error.args[0]) if error.args else error
    if isinstance(error, requests.ConnectTimeout):
        return UpstreamError("unreachable", "The service does not accept connections", sent=False)
    if isinstance(error, requests.ReadTimeout):
        return UpstreamError("timeout", "The service did not answer in time", sent=True)
    if isinstance(error, requests.exceptions.SSLError):
        return UpstreamError("unreachable", f"No trusted connection: {reason}"[:300], sent=False)
    if isinstance(reason, NewConnectionError):
        return UpstreamError("unreachable", "The service cannot be reached", sent=False)
    if isinstance(error, requests.ConnectionError):
        return UpstreamError("outcome_unknown", "The connection broke before an answer came", sent=True)
    return UpstreamError("unreachable", f"The call cannot be made: {error}"[:300], sent=False)

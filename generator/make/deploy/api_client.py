"""Calls to the API of one Make zone: the token, waiting out the rate limit, and the dry run that only tells."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import requests

from specloom.schemas.problems import SpecloomError

_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\Z", re.I)
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?\Z")
_LOOPBACK = re.compile(r"(127\.\d+\.\d+\.\d+|localhost)(:\d{1,5})?\Z")
_TIMEOUT = 30.0
_ATTEMPTS = 5
_LONGEST_WAIT = 90.0
_SHOWN = 160
"""Characters of a body that a dry run prints."""

TYPES = {"jsonc": "application/jsonc", "json": "application/json", "text": "text/markdown"}


class Zone:
    """`zone` is Make's host ('eu1.make.com'). Without a token only a dry run is possible, and it reads nothing."""

    def __init__(
        self, zone: str, token: str, *, tell: Callable[[str], None], dry_run: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        if not _HOST.match(zone):
            hint = "it is the host you see Make at, such as eu1.make.com"
            raise SpecloomError(f"MAKE_ZONE {zone!r} is no host name", hint=hint)
        if not token and not dry_run:
            hint = "make a token under Profile > API in Make, with sdk-apps:read and sdk-apps:write"
            raise SpecloomError("MAKE_API_TOKEN is not set", hint=hint)
        # A stand-in on this machine has no certificate; a token never goes to another host without TLS.
        scheme = "http" if _LOOPBACK.match(zone) else "https"
        self.base = f"{scheme}://{zone}/api/v2"
        self.dry_run, self.reads = dry_run, bool(token)
        self.writes = 0
        self._tell, self._sleep = tell, sleep
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"{'Token' if _UUID.match(token) else 'Bearer'} {token}"

    def get(self, path: str) -> Any:
        """The reply, parsed where it is JSON; None where nothing is there. Raises SpecloomError."""
        if not self.reads:
            return None
        reply = self._send("GET", path)
        return None if reply.status_code == 404 else _content(reply)

    def write(self, method: str, path: str, body: Any, kind: str = "json") -> Any:
        """Sends a change, or in a dry run tells it. `kind` is json, jsonc (a section) or text."""
        self.writes += 1
        content = body if isinstance(body, str) else json.dumps(body)
        if self.dry_run:
            line = " ".join(content.split())
            self._tell(f"{method} {self.base}{path} {line if len(line) <= _SHOWN else line[: _SHOWN - 1] + '…'}")
            return None
        reply = self._send(method, path, content.encode(), TYPES[kind])
        if reply.status_code == 404:
            raise SpecloomError(f"Make knows no {path}", hint="was it removed meanwhile? Try again")
        return _content(reply)

    def _send(self, method: str, path: str, content: bytes | None = None, kind: str = "") -> requests.Response:
        headers = {"Content-Type": kind} if kind else {}
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                reply = self._session.request(
                    method, self.base + path, data=content, headers=headers, timeout=_TIMEOUT, allow_redirects=False
                )
            except requests.RequestException as error:
                if attempt == _ATTEMPTS or method == "POST":
                    raise SpecloomError(f"{self.base} cannot be reached: {error}", hint="check MAKE_ZONE") from None
                self._sleep(attempt)
                continue
            if reply.status_code == 429 and attempt < _ATTEMPTS:
                self._wait(reply, attempt)
            elif reply.status_code >= 500 and method != "POST" and attempt < _ATTEMPTS:
                self._sleep(attempt)
            else:
                return self._checked(method, path, reply)
        raise AssertionError("the last attempt returns or raises")

    def _wait(self, reply: requests.Response, attempt: int) -> None:
        told = reply.headers.get("Retry-After", "")
        seconds = min(float(told) if told.isdigit() else 15.0 * attempt, _LONGEST_WAIT)
        self._tell(f"Make's rate limit is reached: waiting {seconds:g} s")
        self._sleep(seconds)

    def _checked(self, method: str, path: str, reply: requests.Response) -> requests.Response:
        status = reply.status_code
        if status < 300 or status == 404:
            return reply
        hints = {
            401: "MAKE_API_TOKEN is refused; is it of this zone?",
            403: "the token needs the scopes sdk-apps:read and sdk-apps:write",
            429: "wait a minute, then try again: what is done already is not sent again",
        }
        raise SpecloomError(f"{method} {path}: Make answers {status}: {_reason(reply)}", hint=hints.get(status, ""))


def _content(reply: requests.Response) -> Any:
    try:
        return reply.json()
    except ValueError:
        return reply.content.decode("utf-8", "replace")  # whatever charset is, or is not, told


def _reason(reply: requests.Response) -> str:
    """Make's own words, with what it says about single fields."""
    body = _content(reply)
    if not isinstance(body, dict):
        return reply.reason or "no reason given"
    words = [str(body.get("detail") or body.get("message") or reply.reason)]
    details = [each for each in body.get("suberrors", []) if isinstance(each, dict)]
    words += [str(each["message"]) for each in details if "message" in each]
    return "; ".join(words)[:500]

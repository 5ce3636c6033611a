"""How a caller wants to be answered: RFC 7240 Prefer, and Specloom-Callback."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Request

from specloom.connector.errors import Refused
from specloom.connector.gateway.context import GatewayContext

CALLBACK = "Specloom-Callback"
_WAIT = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class Preferences:
    """`wait` is seconds, None where nothing was said; `callback` a checked URL that is told the result once."""

    wait: float | None
    respond_async: bool
    callback: str | None

    def applied(self, *, is_job: bool) -> dict[str, str]:
        said = [f"wait={self.wait:g}"] if self.wait is not None else []
        said += ["respond-async"] if self.respond_async else []
        return {"Preference-Applied": ", ".join(said)} if said and is_job else {}


def preferences(request: Request, shared: GatewayContext) -> Preferences:
    """Raises Refused where the callback URL may not be called."""
    wait: float | None = None
    respond_async = False
    for header in request.headers.getlist("Prefer"):
        for part in header.split(","):
            name, _, value = part.partition(";")[0].strip().partition("=")
            value = value.strip().strip('"')
            if name.strip().lower() == "wait" and _WAIT.fullmatch(value):
                wait = min(float(value), shared.settings.max_wait) if wait is None else wait
            elif name.strip().lower() == "respond-async":
                respond_async = True
    return Preferences(wait, respond_async, _callback(request, shared))


def _callback(request: Request, shared: GatewayContext) -> str | None:
    url = request.headers.get(CALLBACK)
    if url is None:
        return None
    try:
        return shared.check_callback(url)
    except ValueError as error:
        raise Refused("invalid_request", f"{CALLBACK}: {error}") from None

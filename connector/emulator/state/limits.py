"""Counts calls for each key and window, and says so in the headers the document names."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from specloom.connector.emulator.credentials import PresentedCredential
from specloom.connector.emulator.settings import EmulatorSettings
from specloom.schemas.expressions import Expression
from specloom.schemas.model import Service

DEFAULT_WINDOW = 3600


@dataclass(slots=True)
class _Window:
    ends: float
    used: int = 0


@dataclass(slots=True)
class Limits:
    service: Service
    settings: EmulatorSettings
    _windows: dict[str, _Window] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, credential: PresentedCredential) -> tuple[bool, dict[str, str]]:
        """Count one call: whether it is allowed, and the headers of its reply."""
        now = time.time()
        allowance = self._allowance(credential)
        with self._lock:
            window = self._windows.get(credential.owner)
            if window is None or window.ends <= now:
                window = self._windows[credential.owner] = _Window(float(int(now) + self._seconds()))
            allowed = window.used < allowance
            window.used += allowed
            left, ends = max(0, allowance - window.used), int(window.ends)
        values = {"limit": allowance, "remaining": left, "reset": ends}
        headers = {name: str(values[key]) for key, name in self.header_names().items()}
        return allowed, headers if allowed else {**headers, **self._retry_after(ends - now)}

    def header_names(self) -> Mapping[str, str]:
        """'limit', 'remaining' and 'reset' to the headers that carry them, as far as the document names any."""
        rate = self.service.rate_limit
        found: dict[str, Any] = {"limit": rate.limit, "remaining": rate.remaining, "reset": rate.reset} if rate else {}
        return {key: name for key, value in found.items() if (name := header_name(value))}

    def _allowance(self, credential: PresentedCredential) -> int:
        if credential.allowance is not None:
            return credential.allowance
        if self.settings.allowance != "documented":
            return self.settings.allowance
        rate = self.service.rate_limit
        return rate.requests if rate and rate.requests else 100_000

    def _seconds(self) -> int:
        rate = self.service.rate_limit
        return rate.seconds if rate and rate.seconds else DEFAULT_WINDOW

    def _retry_after(self, seconds: float) -> dict[str, str]:
        name = header_name(self.service.errors.retry_after)
        return {name: str(max(1, round(seconds)))} if name else {}


def header_name(expression: Any) -> str:
    reference = expression.reference if isinstance(expression, Expression) else None
    return reference.path[0] if reference and reference.root == "response.header" else ""

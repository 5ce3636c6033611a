"""Gateways and workers as processes of their own, so that they can be killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from tests import ROOT
from tests.connector.webhooks.servers import free_port
from tests.connector.webhooks.worlds import SECRET_KEY

KEY = "slk_0123456789abcdef"
HEADERS = {"X-Specloom-Key": KEY}
ENVIRON = {
    "SPECLOOM_API_KEYS": f"acme={KEY}",
    "SPECLOOM_SECRET_KEY": SECRET_KEY,
    "SPECLOOM_HOOK_ALLOW": "127.0.0.1",
    "SPECLOOM_HOOK_RETRIES": ",".join(["0.2s"] * 50),
    "SPECLOOM_HOOK_TIMEOUT": "1",
    "SPECLOOM_HOOK_LEASE": "1",
    "SPECLOOM_HOOK_QUEUE_LEASE": "2",
}


class Node:
    """One `specloom` command that is started, killed with all its children, and started again."""

    def __init__(self, arguments: list[str], log: Path, environ: Mapping[str, str]) -> None:
        self._command = [sys.executable, "-m", "specloom", *arguments]
        self._environ = {**os.environ, **ENVIRON, "PYTHONPATH": str(ROOT), **environ}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environ, cwd=self._log.parent, stdout=log, stderr=log, start_new_session=True
            )

    def signal(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.wait()

    def wait(self, seconds: float = 30) -> int | None:
        code = self._process.wait(seconds) if self._process else None
        self._process = None
        return code

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        return self._log.read_text(errors="replace")


class GatewayNode(Node):
    """`specloom serve` on a port of its own."""

    def __init__(self, database_url: str, folder: Path, environ: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        arguments = ["serve", "--port", str(self.port), "--data", str(folder)]
        given = {"SPECLOOM_DATABASE_URL": database_url, **(environ or {})}
        super().__init__(arguments, folder / "gateway.log", given)

    def until_ready(self, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.alive, self.log()[-2000:]
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.url}/readyz", timeout=1).ok:
                    return
            time.sleep(0.05)
        raise AssertionError(f"the gateway is not ready: {self.log()[-2000:]}")


def worker(database_url: str, folder: Path, name: str = "worker", broker: str = "") -> Node:
    """`specloom worker`, with a broker where one is given."""
    arguments = ["worker", "--data", str(folder), "--database-url", database_url]
    return Node([*arguments, *(["--broker-url", broker] if broker else [])], folder / f"{name}.log", {})

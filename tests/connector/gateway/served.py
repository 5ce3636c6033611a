"""`specloom serve` as a process of its own, to be killed and started again on the same port and data."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from tests import ROOT

_START = "import sys; sys.path[:] = [{root!r}, *[p for p in sys.path if p]]; from specloom.connector.cli.serve import serve; serve()"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Served:
    def __init__(self, data: Path, environ: Mapping[str, str], *flags: str, cwd: Path | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data.with_suffix(".log")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("SPECLOOM_")}
        self._environ = {**inherited, **environ}
        self._command = [
            sys.executable, "-c", _START.format(root=str(ROOT)), "--port", str(self.port), "--data", str(data), *flags,
        ]  # fmt: skip
        self._cwd = cwd or data.parent
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> Served:
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environ, cwd=self._cwd, stdout=log, stderr=log, start_new_session=True
            )
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if requests.get(self.url + "/readyz", timeout=1).status_code == 200:
                    return
            except requests.RequestException:
                pass
            assert self._process is not None
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"the gateway did not come up:\n{self.log.read_text()[-3000:]}")

    def kill(self) -> None:
        """kill -9 of the whole: parent and workers, in the middle of whatever they do."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self, seconds: float = 30) -> int:
        """As an operator stops it; the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(seconds)

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def post(self, path: str, **options: Any) -> requests.Response:
        return requests.post(self.url + path, **{"timeout": 20, **options})

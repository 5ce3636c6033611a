"""One long-lived Node process that runs Zapier apps, spoken to in JSON lines."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

from tests.platforms import toolchain

SCRIPT = Path(__file__).parent / "js" / "zapier_worker.cjs"
# zapier-platform-core ends its process after 250 runs once it has grown, so that Lambda starts a new one.
RUNS_PER_PROCESS = 200


class WorkerError(Exception):
    """The Node process died, or did not answer in time."""


class Worker:
    """Starts when first asked, and again after a time-out or after many runs."""

    def __init__(self, modules: Path, folder: Path, env: dict[str, str]) -> None:
        self.log = folder / "worker.log"
        self._modules, self._folder, self._env = modules, folder, env
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._runs = 0
        self._lock = threading.Lock()

    def ask(self, request: dict[str, Any], timeout: float) -> dict[str, Any]:
        """Sends one request and waits for its answer."""
        with self._lock:
            if self._process is None or self._process.poll() is not None or self._runs >= RUNS_PER_PROCESS:
                self._restart()
            self._runs += 1
            process = self._process
            assert process is not None and process.stdin is not None
            line = json.dumps({**request, "id": self._runs}).encode() + b"\n"
            try:
                process.stdin.write(line)
                process.stdin.flush()
                answer = self._answers.get(timeout=timeout)
            except (queue.Empty, BrokenPipeError) as error:
                self._stop()
                reason = f"no answer in {timeout} s" if isinstance(error, queue.Empty) else "it ended"
                raise WorkerError(f"{request.get('method')}: {reason}\n{self._log_tail()}") from error
            if not answer:
                self._stop()
                raise WorkerError(f"{request.get('method')}: the process ended\n{self._log_tail()}")
            result: dict[str, Any] = json.loads(answer)
            return result

    def stop(self) -> None:
        with self._lock:
            self._stop()

    def _restart(self) -> None:
        self._stop()
        self._runs, self._answers = 0, queue.Queue()
        reader, writer = os.pipe()
        env = {**self._env, "NODE_PATH": str(self._modules)}
        with self.log.open("ab") as log:
            # The answers have a descriptor of their own, since apps may print to stdout.
            self._process = subprocess.Popen(
                [str(toolchain.node()), str(SCRIPT), str(writer)],
                cwd=self._folder,
                env=env,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[writer],
            )
        os.close(writer)
        threading.Thread(target=_read_lines, args=(reader, self._answers), daemon=True).start()

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            assert process.stdin is not None
            process.stdin.close()

    def _log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""


def _read_lines(descriptor: int, answers: queue.Queue[bytes]) -> None:
    with open(descriptor, "rb") as lines:
        for line in lines:
            answers.put(line)
    answers.put(b"")  # the process has ended

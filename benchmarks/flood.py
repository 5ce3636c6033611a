"""One tenant floods the gateway, in five ways, one after the other; what does another tenant notice?

Run: python benchmarks/flood.py [--quick]. Writes its section of benchmarks/results/gateway.md. In each of five rounds
the other tenant is timed alone, then while the flood runs, then the flood ends. The flood and the vendor are processes
of their own; all of it is on loopback, and a flood lasts some seconds.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
if __name__ == "__main__":
    sys.path[0] = str(ROOT)

import requests  # noqa: E402

from benchmarks.flooding import FLOODER, HOOK_SECONDS, LASTS, RUN  # noqa: E402
from benchmarks.gateway import machine  # noqa: E402

FLOODING = str(Path(__file__).with_name("flooding.py"))

OTHER = "slk_other_0123456789"
MEMORY = 200.0
SLACK = 100.0
SECTION = "## One tenant flooding"
RESULTS = Path(__file__).parent / "results" / "gateway.md"
_NOTE = (
    "`python benchmarks/flood.py`: another tenant's p99, its own calls one after the other, median of five rounds; one "
    "worker, SQLite;"
)
_COLUMNS = ["| | ratio | bound | in detail |", "|---|---|---|---|"]

# --- the other tenant

HEADERS = {"Authorization": f"Bearer {OTHER}"}


@dataclass
class Gateway:
    """The gateway, its vendor, and what the other tenant does there."""

    port: int
    vendor: int
    worker: int
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, **headers: str) -> requests.Response:
        reply = self.session.post(self.url + RUN, json={"prompt": "x"}, headers={**HEADERS, **headers}, timeout=60)
        if reply.status_code not in (200, 202):
            raise SystemExit(f"the other tenant was answered {reply.status_code}: {reply.text[:200]}")
        return reply

    def a_call(self) -> float:
        began = time.perf_counter()
        self.call()
        return (time.perf_counter() - began) * 1000

    def a_job(self) -> float:
        """From the call to its result."""
        began = time.perf_counter()
        path = self.call(Prefer="respond-async").headers["Location"]
        while True:
            reply = self.session.get(self.url + path, headers={**HEADERS, "Prefer": "wait=30"}, timeout=60)
            if reply.json()["status"] == "succeeded":
                return (time.perf_counter() - began) * 1000

    def a_delivery(self) -> float:
        """From the answer of the call to the arrival of its event at the hook."""
        before = len(self._arrived())
        self.call()
        began = time.time()
        while len(arrived := self._arrived()) == before:
            time.sleep(0.005)
        return max(0.0, arrived[-1] - began) * 1000

    def _arrived(self) -> list[float]:
        found: list[float] = self.session.get(f"http://127.0.0.1:{self.vendor}/arrived", timeout=10).json()
        return found

    def alive(self) -> float:
        began = time.perf_counter()
        if requests.get(self.url + "/healthz", timeout=30).status_code != 200:
            raise SystemExit("/healthz is not well")
        return (time.perf_counter() - began) * 1000

    def memory(self) -> float:
        pages = int(Path(f"/proc/{self.worker}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


Timed = Callable[[Gateway], float]
FLOODS: Mapping[str, tuple[str, Timed]] = {
    "300 slow calls": ("a call", Gateway.a_call),
    "400 jobs": ("an instant job", Gateway.a_job),
    "300 hanging hooks": ("a delivery", Gateway.a_delivery),
    "140 waiters": ("a call", Gateway.a_call),
    "1,000 half-open heads": ("a call", Gateway.a_call),
}


@dataclass
class Noticed:
    alone: list[float] = field(default_factory=list)
    flooded: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    grown: list[float] = field(default_factory=list)


def _p99(timed: Timed, gateway: Gateway, seconds: float, noticed: Noticed | None = None) -> float:
    """Of calls one after the other, at most 200."""
    found: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until and len(found) < 200:
        found.append(timed(gateway))
        if noticed is not None and len(found) % 3 == 1:
            noticed.health.append(gateway.alive())
            noticed.grown.append(gateway.memory())
    return sorted(found)[int(len(found) * 0.99)]


def _round(gateway: Gateway, kind: str, timed: Timed, noticed: Noticed, seconds: float) -> None:
    noticed.alone.append(_p99(timed, gateway, seconds / 2))
    before = gateway.memory()
    flood = subprocess.Popen([sys.executable, FLOODING, kind, str(gateway.port)], start_new_session=True)
    try:
        time.sleep(0.7)
        mine = Noticed()
        noticed.flooded.append(_p99(timed, gateway, seconds, mine))
        noticed.health += mine.health
        noticed.grown += [value - before for value in mine.grown]
    finally:
        os.killpg(flood.pid, signal.SIGKILL)
        flood.wait()
    _settle(gateway)


def _settle(gateway: Gateway) -> None:
    """Until what the flood left is done."""
    headers = {"Authorization": f"Bearer {FLOODER}"}
    until = time.monotonic() + 30
    while time.monotonic() < until:
        listed = gateway.session.get(gateway.url + "/jobs?limit=100", headers=headers, timeout=30).json()["data"]
        if not [job for job in listed if job["status"] in ("queued", "running")]:
            break
        time.sleep(0.5)
    time.sleep(HOOK_SECONDS + 1)


def measure(quick: bool) -> list[tuple[str, str, str, str]]:
    """Rows for the table: what, the ratio, the target, in detail."""
    from benchmarks.hop import free_port, wait_for

    with tempfile.TemporaryDirectory(prefix="specloom-flood-") as folder:
        port, upstream = free_port(), free_port()
        serve = (
            f"import sys; sys.path[:] = [{str(ROOT)!r}, *[p for p in sys.path if p]]\n"
            "from specloom.connector.cli.serve import serve; serve()"
        )
        environ = {
            **os.environ, "SPECLOOM_TUEN_BASE_URL": f"http://127.0.0.1:{upstream}/tuen", "SPECLOOM_TUEN_API_KEY": "x",
            "SPECLOOM_API_KEYS": f"flooder={FLOODER},other={OTHER}", "SPECLOOM_HOOK_ALLOW": "127.0.0.1",
            "SPECLOOM_HOOK_ALLOW_HTTP": "yes", "SPECLOOM_HOOK_TIMEOUT": str(HOOK_SECONDS),
            "SPECLOOM_HOOK_RETRIES": "1h", "SPECLOOM_TUEN_RATE_LIMIT": "off",
        }  # fmt: skip
        log = open(Path(folder) / "log", "wb")  # noqa: SIM115 - as long as the processes
        options: dict[str, Any] = {"stdout": log, "stderr": log, "start_new_session": True}
        processes = [
            subprocess.Popen([sys.executable, FLOODING, "vendor", str(upstream)], **options),
            subprocess.Popen([sys.executable, "-c", serve, "--port", str(port), "--data", folder + "/data"],
                             env=environ, **options),
        ]  # fmt: skip
        try:
            for one in (upstream, port):
                wait_for(one)
            time.sleep(2)
            parent = processes[1].pid
            worker = int(Path(f"/proc/{parent}/task/{parent}/children").read_text().split()[0])
            gateway = Gateway(port, upstream, worker)
            return _all(gateway, 2 if quick else 5, 2.0 if quick else LASTS)
        finally:
            for process in processes:
                os.killpg(process.pid, signal.SIGTERM)
            for process in processes:
                process.wait(120)
            log.close()


def _hook(gateway: Gateway, key: str, path: str) -> None:
    body = {"target_url": f"http://127.0.0.1:{gateway.vendor}{path}", "events": ["*"]}
    reply = requests.post(gateway.url + "/hooks", json=body, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    if reply.status_code != 201:
        raise SystemExit(reply.text)


def _all(gateway: Gateway, rounds: int, seconds: float) -> list[tuple[str, str, str, str]]:
    for _ in range(50):
        gateway.a_call()  # warm
    rows = []
    for kind, (what, timed) in FLOODS.items():
        if kind == "300 hanging hooks":
            _hook(gateway, OTHER, "/hook")
            for number in range(300):
                _hook(gateway, FLOODER, f"/hang/{number}")
        noticed = Noticed()
        for _ in range(rounds):
            _round(gateway, kind, timed, noticed, seconds)
        rows.append(_told(kind, what, noticed))
        if kind == "300 hanging hooks":
            _forget(gateway)
    return rows


def _forget(gateway: Gateway) -> None:
    for key in (FLOODER, OTHER):
        headers = {"Authorization": f"Bearer {key}"}
        while listed := requests.get(gateway.url + "/hooks?limit=100", headers=headers, timeout=30).json()["data"]:
            for hook in listed:
                requests.delete(f"{gateway.url}/hooks/{hook['id']}", headers=headers, timeout=30)


def _told(kind: str, what: str, noticed: Noticed) -> tuple[str, str, str, str]:
    alone, flooded = statistics.median(noticed.alone), statistics.median(noticed.flooded)
    ratios = [b / a for a, b in zip(noticed.alone, noticed.flooded, strict=True)]
    most = max(2 * alone, alone + SLACK)
    health, grown = max(noticed.health, default=0), max(noticed.grown, default=0)
    kept = flooded <= most and health <= 1000 and grown <= MEMORY
    detail = f"p99 of {what} {flooded:.0f} ms, alone {alone:.0f} ms; /healthz ≤ {health:.0f} ms; {grown:+.0f} MiB"
    row = (f"one tenant floods: {kind}", f"{statistics.median(ratios):.1f} × alone",
           f"≤ {most:.0f} ms, 1 s, +200 MiB: {'kept' if kept else 'NOT kept'}", detail)  # fmt: skip
    print(*row, sep=" | ", flush=True)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two short rounds")
    quick = parser.parse_args().quick
    rows = measure(quick)
    if not quick:
        before = RESULTS.read_text().partition(SECTION)[0].rstrip()
        lines = [f"| {' | '.join(row)} |" for row in rows]
        RESULTS.write_text("\n".join([before, "", SECTION, "", f"{_NOTE} {machine()}.", "", *_COLUMNS, *lines, ""]))


if __name__ == "__main__":
    main()

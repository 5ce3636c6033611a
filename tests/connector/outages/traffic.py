"""Work that goes on whatever happens to the gateway: events for hooks, jobs, and calls repeated under one
Idempotency-Key; and what must hold of all of it afterwards."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from specloom.connector.emulator import EmulatorServer
from specloom.connector.settings import variable
from specloom.connector.webhooks.delivery.senders import in_flight
from specloom.connector.webhooks.delivery.settings import APART, DeliverySettings
from tests.connector.gateway.harness import services
from tests.connector.gateway.test_kill import FINAL, Clients, calls, final
from tests.connector.webhooks.processes import KEY, GatewayNode
from tests.connector.webhooks.sink import Sink
from tests.connector.webhooks.test_kills import HOOKS, Callers, looking_at, proven, subscribe

JOBS, REPEATS = 3, 2
"""Clients that ask for jobs, and clients that repeat a call until it is answered."""
CANNOT_KNOW = {"outcome_unknown", "timeout"}


@dataclass
class Repeats:
    """Each call is sent with one Idempotency-Key until there is an answer that is not about the gateway itself."""

    url: str
    answers: dict[str, int] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)

    def work(self, seed: int) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            mark = f"repeat-{seed}-{number:05}"
            headers = {"X-Specloom-Key": KEY, "Authorization": "Bearer tuen_sk_slow_0.3", "Idempotency-Key": mark}
            until = time.monotonic() + 120
            while mark not in self.answers and time.monotonic() < until:
                status = self._ask({"prompt": mark}, headers)
                if status not in (None, 409, 425, 429, 503):
                    self.answers[mark] = status
                else:
                    time.sleep(0.1)
            assert mark in self.answers, f"{mark} was never answered"

    def _ask(self, inputs: Mapping[str, str], headers: Mapping[str, str]) -> int | None:
        try:
            url = f"{self.url}/run/tuen/generateImage"
            return requests.post(url, json=inputs, headers=headers, timeout=10).status_code
        except requests.RequestException:
            return None


@dataclass
class Traffic:
    """`with`: under way. `check` ends it and holds what must be true."""

    gateway: GatewayNode
    emulator: EmulatorServer
    sink: Sink
    events: int
    seconds: float
    failures: list[BaseException] = field(default_factory=list)

    def start(self) -> None:
        subscribe(self.gateway, self.sink)
        self.callers = Callers(self.gateway, self.events, seconds=self.seconds)
        self.clients, self.repeats = Clients(self.gateway.url), Repeats(self.gateway.url)
        work: list[tuple[Callable[[int], None], int]] = [(self.clients.work, seed) for seed in range(JOBS)]
        work += [(self.repeats.work, seed) for seed in range(REPEATS)]
        self.threads = [threading.Thread(target=self._run, args=one, daemon=True) for one in work]
        for thread in self.threads:
            thread.start()

    def _run(self, work: Callable[[int], None], seed: int) -> None:
        try:
            work(seed)
        except BaseException as error:
            self.failures.append(error)

    def check(self, url: str, disturbances: int, processes: int) -> str:
        """Returns what happened, in a line. Events, jobs and repeated calls are none lost and none made twice."""
        accepted = self.callers.join()
        self.clients.stop.set()
        self.repeats.stop.set()
        for thread in self.threads:
            thread.join(150)
        assert self.failures == []
        results = {path: final(self.gateway.url, path, key) for path, key in self.clients.accepted.items()}
        with looking_at(url) as world:
            assert world.until_done(90) == {"delivered": self.events * HOOKS}
        held = max(in_flight(DeliverySettings()), in_flight(DeliverySettings(concurrency=APART))) * processes
        proven(self.sink, accepted, self.events, disturbances, held)
        made = calls(self.emulator)
        assert [mark for mark, times in made.items() if times > 1] == []
        statuses = Counter(result["status"] for result in results.values())
        assert results and [result for result in results.values() if result["status"] not in FINAL] == []
        failed = Counter(r["error"]["type"] for r in results.values() if r["status"] == "failed")
        assert failed.keys() <= CANNOT_KNOW, failed
        answers = Counter(self.repeats.answers.values())
        assert answers[200] and answers.keys() <= {200, 502}, answers
        log = self.gateway.log()
        assert "Traceback" not in log, log[log.index("Traceback") :][:3000]
        unknown, again = failed.total(), answers[502]
        return (
            f"{disturbances} disturbances: {self.events * HOOKS} deliveries, {len(results)} jobs "
            f"({statuses['succeeded']} succeeded, {unknown} unknown), {answers.total()} repeated calls "
            f"({again} unknown); 0 lost, 0 sent twice"
        )


@contextmanager
def traffic(
    url: str, folder: Path, *, events: int, seconds: float, environ: Mapping[str, str] | None = None
) -> Iterator[Traffic]:
    """A gateway on this ledger that is called for `seconds`. Ends all of it."""
    emulator = EmulatorServer(services().values(), job_seconds=1.5, polls=100).start()
    told: dict[str, Any] = {variable(key, "base_url"): emulator.base_url(key) for key in services()}
    gateway = GatewayNode(url, folder, {**told, "SPECLOOM_ALLOW_VENDOR_KEYS": "yes", **(environ or {})})
    try:
        with Sink() as sink:
            gateway.start()
            gateway.until_ready()
            under_way = Traffic(gateway, emulator, sink, events, seconds)
            under_way.start()
            yield under_way
    finally:
        gateway.kill()
        emulator.stop()


def pause(least: float, most: float) -> None:
    time.sleep(random.uniform(least, most))

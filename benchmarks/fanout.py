"""What the fan-out does beside a bare loop of requests, what an event costs meanwhile, and what a second worker adds.

Run: python benchmarks/fanout.py [--quick]. Prints a table and writes benchmarks/results/fanout.md. Needs PostgreSQL
and Redis for the last part. Rounds take turns, so that a busy machine slows both sides; figures are medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[0] = str(ROOT)

import requests  # noqa: E402

from benchmarks.endpoint import endpoint  # noqa: E402
from benchmarks.gateway import machine  # noqa: E402
from specloom.connector.ledger import Ledger, Vault, make_engine  # noqa: E402
from specloom.connector.ledger.migrate import upgrade  # noqa: E402
from specloom.connector.webhooks.delivery.dispatcher import Dispatcher  # noqa: E402
from specloom.connector.webhooks.delivery.sender import Sender  # noqa: E402
from specloom.connector.webhooks.delivery.settings import DeliverySettings  # noqa: E402
from tests.connector.webhooks.conftest import _administer, migrated  # noqa: E402
from tests.connector.webhooks.processes import worker  # noqa: E402
from tests.connector.webhooks.servers import Redis, postgres, postgres_folder  # noqa: E402
from tests.connector.webhooks.worlds import LOCAL, RESULT, SECRET_KEY, World, deliveries, hooks  # noqa: E402

RESULTS = Path(__file__).parent / "results" / "fanout.md"
KILLS = "## kill -9"
"""The section of `pytest -m soak`, kept."""
HOOKS = 10
SETTINGS = DeliverySettings()

# --- the sides


def bare(url: str, count: int) -> float:
    """Deliveries a second of 8 threads with a requests.Session each."""
    body = json.dumps({**RESULT, "raw": None}).encode()

    def run() -> None:
        with requests.Session() as session:
            for _ in range(count // 8):
                session.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=15)

    threads = [threading.Thread(target=run) for _ in range(8)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count / (time.perf_counter() - began)


@contextmanager
def ledger(folder: str) -> Iterator[World]:
    engine = make_engine(f"sqlite:///{tempfile.mkdtemp(dir=folder)}/ledger.db")
    upgrade(engine)
    yield World(Ledger(engine, Vault(SECRET_KEY)))
    engine.dispose()


def dispatcher_of(world: World) -> Dispatcher:
    return Dispatcher(world.ledger, Sender(LOCAL, world.ledger.vault.unseal, SETTINGS).send, SETTINGS)


def waiting(world: World) -> bool:
    with world.ledger.read() as connection:
        for state in ("pending", "leased"):
            query = deliveries.select().where(deliveries.c.state == state).limit(1)
            if connection.execute(query).first():
                return True
    return False


def drain(url: str, count: int, folder: str, meanwhile: Callable[[World], None] | None = None) -> float:
    """Deliveries a second of the threads of one process, from a durable SQLite ledger."""
    with ledger(folder) as world:
        for _ in range(HOOKS):
            world.hook(url)
        world.fill(count // HOOKS)
        dispatcher = dispatcher_of(world)
        began = time.perf_counter()
        dispatcher.start()
        while waiting(world):
            if meanwhile:
                meanwhile(world)
            else:
                time.sleep(0.05)
        took = time.perf_counter() - began
        dispatcher.stop()
        return count / took


class Enqueues:
    """Events of another tenant, one every 20 ms, and how long each took to be durable."""

    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self._numbers = iter(range(10**9))

    def __call__(self, world: World) -> None:
        for _ in range(5):
            began = time.perf_counter()
            assert world.record(f"e{next(self._numbers)}", tenant="other")
            self.milliseconds.append((time.perf_counter() - began) * 1000)
            time.sleep(0.02)


def syncs(folder: str) -> list[float]:
    """Milliseconds of a write of 4 KB and its fsync on the same disk: the floor under every commit."""
    found = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(200):
            began = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            found.append((time.perf_counter() - began) * 1000)
    return found


def part(milliseconds: list[float], wanted: float) -> float:
    ordered = sorted(milliseconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * wanted))]


def celery(url: str, count: int, server: str, redis: Redis, workers: int, number: int) -> float:
    """Deliveries a second of `specloom worker` processes fed by Redis, from the first arrival to the last."""
    name = f"bench{number}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE template")
    engine = make_engine(f"{server}/{name}")
    world = World(Ledger(engine, Vault(SECRET_KEY)))
    folder = Path(tempfile.mkdtemp())
    nodes = [worker(f"{server}/{name}", folder, f"w{index}", redis.url) for index in range(workers)]
    for node in nodes:
        node.start()
    until = time.monotonic() + 60
    while sum(node.log().count("Delivering") for node in nodes[:1]) < 1 and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(4)  # all are connected to the broker
    for _ in range(HOOKS * 2):
        world.hook(url, open_until=time.time() + 1e6, room=16)
    world.fill(count // HOOKS // 2)
    requests.get(url, timeout=5)
    world.change(hooks, open_until=0)
    while waiting(world):
        time.sleep(0.1)
    arrivals = requests.get(url, timeout=5).json()
    for node in nodes:
        node.kill()
    engine.dispose()
    assert len(arrivals) == count, len(arrivals)
    return float(count / (max(arrivals) - min(arrivals)))


# --- the run


def run(quick: bool) -> list[tuple[str, str, str]]:
    count, rounds = (1000, 1) if quick else (4000, 5)
    rows: list[tuple[str, str, str]] = []
    with tempfile.TemporaryDirectory(prefix="specloom-bench-") as folder:
        with endpoint() as url:
            bare(url, 400), drain(url, 400, folder)
            ratios, floors, ours = [], [], []
            for _ in range(rounds):
                floors.append(bare(url, count))
                ours.append(drain(url, count, folder))
                ratios.append(ours[-1] / floors[-1])
            rows.append(("bare `requests` loop, 8 threads", f"{statistics.median(floors):.0f}/s", ""))
            told = f"{statistics.median(ratios):.2f} of bare"
            rows.append(("drain, SQLite synchronous=FULL", f"{statistics.median(ours):.0f}/s", f"{told} (≥ 0.95)"))
            rows += enqueueing(url, count, folder, rounds)
        if postgres_folder():
            rows += scaling(1000 if quick else 3000, 1 if quick else 3)
    return rows


def enqueueing(url: str, count: int, folder: str, rounds: int) -> list[tuple[str, str, str]]:
    floor: list[float] = []
    alone, beside = Enqueues(), Enqueues()
    with ledger(folder) as world:
        for _ in range(10 * rounds):
            alone(world)
    for _ in range(rounds):
        floor += syncs(folder)
        drain(url, count, folder, beside)
    told = (
        ("write and fsync of 4 KB on this disk, between the rounds", floor, ""),
        ("enqueue alone", alone.milliseconds, ""),
        ("enqueue while draining", beside.milliseconds, "p99 ≤ 20 ms"),
    )
    return [(f"{what}, p50 / p99", f"{part(of, 0.5):.1f} / {part(of, 0.99):.1f} ms", goal) for what, of, goal in told]


def scaling(count: int, rounds: int) -> list[tuple[str, str, str]]:
    rows = []
    with postgres() as server, Redis() as redis:
        _administer(server, "CREATE DATABASE template")
        migrated(f"{server}/template")
        number = 0
        for delay in (0.05, 0.0):
            with endpoint(delay) as url:
                one, two = [], []
                for _ in range(rounds):
                    number += 2
                    one.append(celery(url, count, server, redis, 1, number))
                    two.append(celery(url, count, server, redis, 2, number + 1))
                ratio = statistics.median(b / a for a, b in zip(one, two, strict=True))
                told = f"{statistics.median(one):.0f} → {statistics.median(two):.0f}/s"
                wanted = f"{ratio:.2f} times" + (" (≥ 1.6)" if delay else "")
                rows.append((f"Celery, one → two workers, endpoint takes {delay * 1000:.0f} ms", told, wanted))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    rows = run(arguments.quick)
    lines = [
        "# Fan-out",
        "",
        f"`python benchmarks/fanout.py` {machine()}. The two processors also run the endpoint.",
        "",
        "| what | figure | ratio and goal |",
        "|---|---|---|",
        *(f"| {what} | {figure} | {ratio} |" for what, figure, ratio in rows),
        "",
    ]
    print("\n".join(lines))
    if not arguments.quick:
        RESULTS.parent.mkdir(exist_ok=True)
        before = RESULTS.read_text() if RESULTS.exists() else ""
        kills = before[before.index(KILLS) :] if KILLS in before else ""
        RESULTS.write_text("\n".join([*lines, kills]))


if __name__ == "__main__":
    main()

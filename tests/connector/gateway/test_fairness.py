"""One tenant's flood is its own trouble: calls, jobs, deliveries, waiting places and rate windows have shares."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from specloom.connector.fairness.fair_queue import FairPool, FairQueue, aside
from specloom.connector.fairness.shares import Shares, room
from specloom.connector.fairness.turns import FairLock
from specloom.connector.jobs.waiters import Waiters
from specloom.connector.ledger import Ledger, Vault, make_engine
from specloom.connector.ledger.migrate import upgrade
from specloom.connector.webhooks.delivery.fairness import Lane, share_out
from specloom.connector.webhooks.delivery.settings import DeliverySettings
from tests.connector.gateway.harness import KEY_ONE, KEY_TWO, GatewayServer, eventually, running
from tests.connector.gateway.raw_vendor import Part, raw_vendor
from tests.connector.webhooks.sink import Sink
from tests.connector.webhooks.worlds import SECRET_KEY, World

REPLY = b'{"image_url": "https://cdn.example.com/a.webp", "success": true}'
SLOW = 3.0

# --- the parts


@pytest.mark.parametrize("size", [1, 2, 16, 64, 112, 128])
def test_whoever_comes_next_finds_room(size: int) -> None:
    """Tenants that take all they get, one after the other: none takes everything that was left."""
    shares = Shares(size)
    taken = []
    for number in range(size):
        count = 0
        while shares.take(f"t{number}"):
            count += 1
        taken.append(count)
    assert sum(taken) == size and taken[0] == max(1, room(size, 0, 0)) and taken == sorted(taken, reverse=True)
    assert size < 4 or 0.7 <= taken[0] / size <= 0.75
    shares.give("t0")
    assert shares.take("new") and not shares.take("newer")


def test_a_set_bound_is_kept() -> None:
    shares = Shares(10, most=2)
    assert [shares.take("a") for _ in range(3)] == [True, True, False] and shares.take("b")


def test_turns_are_by_tenant() -> None:
    line: FairQueue[int] = FairQueue()
    for number in range(4):
        line.put("many", number)
    line.put("one", 9)
    assert [line.take() for _ in range(6)] == [("many", 0), ("one", 9), ("many", 1), ("many", 2), ("many", 3), None]


def test_a_pool_keeps_threads_for_others_and_counts_who_computes() -> None:
    pool, go = FairPool(8, "test", most=2), threading.Event()
    begun: list[str] = []

    def work(name: str, *, waits: bool) -> None:
        begun.append(name)
        if waits:
            with aside():
                go.wait(10)
        else:
            go.wait(10)

    for _ in range(10):
        pool.submit("a", lambda: work("a", waits=False))
        pool.submit("b", lambda: work("b", waits=True))
    pool.submit("c", lambda: work("c", waits=False))
    eventually(lambda: "c" in begun)
    assert begun.count("a") == 2 and begun.count("b") > 2 and pool.running <= 8
    go.set()
    eventually(lambda: begun.count("a") == 10 and begun.count("b") == 10)
    pool.stop()


def test_the_writer_takes_turns() -> None:
    lock, order = FairLock(), []
    assert lock.acquire(1)
    pools = FairPool(16, "test")

    def write(name: str) -> None:
        assert lock.acquire(10)
        order.append(name)
        lock.release()

    for _ in range(6):
        pools.submit("many", lambda: write("many"))
    eventually(lambda: pools.running == 6)
    pools.submit("one", lambda: write("one"))
    eventually(lambda: pools.running == 7)
    time.sleep(0.1)
    lock.release()
    eventually(lambda: len(order) == 7)
    assert "one" in order[:2]
    assert lock.acquire(1) and not lock.acquire(0.05)
    pools.stop()


def test_a_tenants_hooks_share_what_is_its() -> None:
    """Thirty hooks of one tenant and one of another, which has waited for less long."""
    lanes = [_lane(f"a{n}", "a", 0) for n in range(30)] + [_lane("b", "b", 5)]
    shares = share_out(lanes, 10, 8, DeliverySettings())
    assert {share.lane.tenant: 0 for share in shares} == {"a": 0, "b": 0} and shares[1].lane.tenant == "b"
    assert sum(share.count for share in shares) == 8
    capped = share_out(lanes, 10, 8, DeliverySettings(), lambda tenant: {"a": 2, "b": 9}[tenant])
    assert sum(share.count for share in capped if share.lane.tenant == "a") == 2


def _lane(hook: str, tenant: str, due: float) -> Lane:
    return Lane(
        hook_id=hook, tenant=tenant, due=due, in_flight=0, room=4, failures=0, open_until=0, next_due=0, rate=None
    )


def test_waiting_places_are_shared() -> None:
    told: list[str] = []
    waiters = Waiters(lambda ids: set(ids), lambda job: job == "ours", most=8)
    assert [waiters.admit("a") for _ in range(8)].count(True) == 6 and waiters.admit("b")
    end = waiters.subscribe("ours", lambda: told.append("ours"))
    waiters.subscribe("foreign", lambda: told.append("foreign"))
    eventually(lambda: told == ["foreign"])
    waiters.tell("ours")
    end()
    assert told == ["foreign", "ours"]


# --- the gateway


def answer(request: bytes) -> list[Part]:
    wait: list[Part] = [SLOW] if b"slow" in request else []
    if b"vendor-limited" in request:
        head = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Type: application/json\r\n"
        return [head + b"Content-Length: 16\r\n\r\n" + b'{"error": "no" }']
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(REPLY)
    return [*wait, head + REPLY]


def _gateway(folder: Path, port: int, **environ: str) -> Any:
    told = {
        "SPECLOOM_TUEN_BASE_URL": f"http://127.0.0.1:{port}/tuen", "SPECLOOM_TUEN_API_KEY": "held",
        "SPECLOOM_API_KEYS": f"one={KEY_ONE},two={KEY_TWO}", "SPECLOOM_PATIENCE": "0", "SPECLOOM_TUEN_RATE_LIMIT": "off",
    }  # fmt: skip
    return running(folder, environ=told | environ)


def _run(server: GatewayServer, key: str, prompt: str = "x", **headers: str) -> requests.Response:
    sent = {"X-Specloom-Key": key, **headers}
    return requests.post(server.url + "/run/tuen/generateImage", json={"prompt": prompt}, headers=sent, timeout=20)


def test_slow_calls_leave_room(tmp_path: Path) -> None:
    """Thirty slow calls where sixteen may be made: what exceeds the share is 429 at once, somebody else's is made."""
    with raw_vendor(answer) as vendor, _gateway(tmp_path, vendor.port, SPECLOOM_THREADS="18") as server:
        with ThreadPoolExecutor(30) as pool:
            calls = [pool.submit(_run, server, KEY_ONE, "slow") for _ in range(30)]
            early = eventually(lambda: [call.result() for call in calls if call.done()])
            began = time.monotonic()
            assert _run(server, KEY_TWO).status_code == 200
            raw = requests.post(
                server.url + "/tuen/api/services/image_gen", json={"prompt": "x"}, timeout=20,
                headers={"Authorization": f"Bearer {KEY_TWO}"},
            )  # fmt: skip
            assert raw.status_code == 200 and time.monotonic() - began < SLOW / 2
            statuses = [call.result().status_code for call in calls]
        assert early[0].status_code == 429 and early[0].headers["Retry-After"] == "1"
        assert early[0].json()["error"]["type"] == "rate_limited" and early[0].json()["error"]["retryable"]
        assert statuses.count(200) == 12 and statuses.count(429) == 18
        assert server.process.shared.shares.held("t:one") == 0
        assert _run(server, KEY_ONE).status_code == 200


def test_slow_jobs_leave_room(tmp_path: Path) -> None:
    with raw_vendor(answer) as vendor, _gateway(tmp_path, vendor.port, SPECLOOM_JOB_SLOTS="4") as server:
        for _ in range(12):
            assert _run(server, KEY_ONE, "slow", Prefer="respond-async").status_code == 202
        began = time.monotonic()
        made = _run(server, KEY_TWO, Prefer="respond-async, wait=10")
        assert made.status_code == 200 and made.json()["status"] == "succeeded"
        assert time.monotonic() - began < SLOW / 2


def test_hanging_hooks_leave_room(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/ledger.db")
    upgrade(engine)
    with Sink() as sink:
        world = World(Ledger(engine, Vault(SECRET_KEY)))
        for number in range(60):
            world.hook(sink.url(f"/hang/{number}"), tenant="flooder")
        world.hook(sink.url("/ok"), tenant="other")
        dispatcher = world.dispatcher(timeout=SLOW, max_in_flight=32, slow_after=0.05)
        dispatcher.start()
        try:
            world.record("flood", tenant="flooder")
            dispatcher.wake()
            time.sleep(0.5)
            began = time.monotonic()
            world.record("mine", tenant="other")
            dispatcher.wake()
            sink.wait_for(1, "/ok", seconds=SLOW / 2)
            assert time.monotonic() - began < SLOW / 2
        finally:
            dispatcher.stop()
    engine.dispose()


def test_a_rate_window_is_one_vendor_keys(tmp_path: Path) -> None:
    """An hour's pause for the key one tenant brings is nobody else's; for the key the gateway holds it is everybody's."""
    with raw_vendor(answer) as vendor, _gateway(tmp_path, vendor.port) as server:
        own = {"Authorization": "Bearer vendor-limited"}
        for _ in range(2):
            refused = _run(server, KEY_ONE, **own)
            assert refused.status_code == 429 and refused.json()["error"]["retry_after"] > 3000
        assert len(vendor.requests) == 1  # the second one was not sent
        assert _run(server, KEY_ONE).status_code == 200 and _run(server, KEY_TWO).status_code == 200
        assert _run(server, KEY_TWO, Authorization="Bearer another").status_code == 200
        assert _run(server, KEY_TWO, **own).status_code == 429  # the same key is the same window
        with server.process.shared.ledger.read() as connection:
            rows = connection.exec_driver_sql("SELECT owner FROM rate_state").scalars().all()
        assert rows and not [row for row in rows if "vendor-limited" in row]


def test_the_held_keys_window_is_everybodys(tmp_path: Path) -> None:
    environ = {"SPECLOOM_TUEN_API_KEY": "vendor-limited"}
    with raw_vendor(answer) as vendor, _gateway(tmp_path, vendor.port, **environ) as server:
        assert _run(server, KEY_ONE).status_code == 429 and _run(server, KEY_TWO).status_code == 429
        assert len(vendor.requests) == 1

"""`specloom worker` as a person starts and stops it, and the compose file that does so."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.connector.gateway.harness import eventually
from tests.connector.webhooks.processes import HEADERS, GatewayNode, Node, worker
from tests.connector.webhooks.servers import Postgres, free_port, postgres_folder
from tests.connector.webhooks.sink import Sink
from tests.connector.webhooks.test_kills import looking_at


def test_a_worker_beside_a_gateway(sqlite_url: str, tmp_path: Path) -> None:
    gateway = GatewayNode(sqlite_url, tmp_path, {"SPECLOOM_HOOK_DISPATCH": "worker"})
    beside = worker(sqlite_url, tmp_path)
    with Sink() as sink, looking_at(sqlite_url) as world:
        try:
            gateway.start()
            gateway.until_ready()
            body: dict[str, Any] = {"target_url": sink.url(), "events": ["*"]}
            requests.post(f"{gateway.url}/hooks", json=body, headers=HEADERS, timeout=10).raise_for_status()
            for number in range(20):
                body = {"type": "order.paid", "data": {"number": number}}
                assert requests.post(f"{gateway.url}/events", json=body, headers=HEADERS, timeout=10).status_code == 202
            assert sink.calls == [] and world.states() == {"pending": 20}
            beside.start()
            assert world.until_done() == {"delivered": 20}
            began = time.monotonic()
            beside.signal(signal.SIGTERM)
            assert beside.wait() == 0 and time.monotonic() - began < 5
            assert "Traceback" not in beside.log() and len(sink.calls) == 20
        finally:
            beside.kill()
            gateway.kill()


def test_what_is_wrong_is_one_line(tmp_path: Path) -> None:
    node = Node(["worker", "--data", str(tmp_path), "--database-url", "mysql://x"], tmp_path / "wrong.log", {})
    node.start()
    assert node.wait() == 1
    assert "mysql" in node.log() and "Traceback" not in node.log(), node.log()


def test_a_worker_waits_for_its_database(tmp_path: Path) -> None:
    if postgres_folder() is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    own, down = free_port(), Postgres()
    seen, url = f"http://127.0.0.1:{own}", f"{down.url}/postgres"
    arguments = ["worker", "--data", str(tmp_path), "--database-url", url, "--listen", f"127.0.0.1:{own}"]
    node = Node(arguments, tmp_path / "waits.log", {})

    def status(page: str) -> int:
        with suppress(requests.RequestException):
            return requests.get(seen + page, timeout=5).status_code
        return 0

    node.start()
    try:
        eventually(lambda: status("/healthz") == 200, 30)
        assert status("/readyz") == 503
        eventually(lambda: node.log().count("Waiting: the ledger") == 1)
        down.start()
        eventually(lambda: status("/readyz") == 200, 30)
        eventually(lambda: "Delivering from the ledger" in node.log())
        assert status("/healthz") == 200 and "Traceback" not in node.log()
        node.signal(signal.SIGTERM)
        assert node.wait() == 0
    finally:
        node.kill()
        down.__exit__()

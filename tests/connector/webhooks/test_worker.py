"""`specloom worker` as a person starts and stops it, and the compose file that does so."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import requests

from tests.connector.webhooks.processes import HEADERS, GatewayNode, Node, worker
from tests.connector.webhooks.servers import free_port
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
    for arguments, message in [
        (["--database-url", "mysql://x"], "mysql"),
        (["--database-url", f"postgresql://x@127.0.0.1:{free_port()}/x"], "cannot be used"),
    ]:
        node = Node(["worker", "--data", str(tmp_path), *arguments], tmp_path / "wrong.log", {})
        node.start()
        assert node.wait() == 1
        assert message in node.log() and "Traceback" not in node.log(), node.log()

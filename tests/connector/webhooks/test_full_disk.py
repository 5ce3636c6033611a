"""A gateway whose disk is really full: what it accepted before is delivered, what it refused never is."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.connector.webhooks.processes import HEADERS, GatewayNode
from tests.connector.webhooks.sink import Sink
from tests.connector.webhooks.test_kills import looking_at


def mount(folder: Path, *options: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        mounted = mount(folder, "size=2m")
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("no file system may be mounted here (that takes root)")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def emit(gateway: GatewayNode, number: int) -> requests.Response:
    body = {"type": "order.paid", "id": f"order-{number}", "data": {"text": "x" * 5000}}
    return requests.post(f"{gateway.url}/events", json=body, headers=HEADERS, timeout=30)


@pytest.mark.parametrize("killed", [False, True], ids=["goes on", "is killed"])
def test_a_disk_without_room(disk: Path, tmp_path: Path, killed: bool) -> None:
    url = f"sqlite:///{disk}/ledger.db"
    gateway = GatewayNode(url, tmp_path)
    with Sink() as sink:
        try:
            gateway.start()
            gateway.until_ready()
            hook = {"target_url": sink.url("/flaky"), "events": ["*"]}
            assert requests.post(f"{gateway.url}/hooks", json=hook, headers=HEADERS, timeout=10).status_code == 201
            replies: list[requests.Response] = []
            while len(replies) < 2000 and sum(reply.status_code == 503 for reply in replies) < 5:
                replies.append(emit(gateway, len(replies)))
            accepted = {reply.json()["id"] for reply in replies if reply.status_code == 202}
            assert {reply.status_code for reply in replies} == {202, 503} and len(accepted) > 10
            if killed:
                gateway.kill()
            assert mount(disk, "remount", "size=64m")
            sink.healed = True
            if killed:
                gateway.start()
                gateway.until_ready()
            assert emit(gateway, 10_000).status_code == 202
            with looking_at(url) as world:
                assert world.until_done(60) == {"delivered": len(accepted) + 1}
        finally:
            gateway.kill()
        arrived = set(sink.ids())
        assert accepted < arrived and len(arrived) == len(accepted) + 1

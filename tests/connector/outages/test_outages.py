"""The database stalls, dies and comes back, the disk is full, the clock jumps, and all the while somebody kills the
gateway: no delivery and no job is lost, and no call is made twice at the vendor."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests import ROOT
from tests.connector.outages.traffic import Traffic, pause, traffic
from tests.connector.webhooks.conftest import _administer, migrated
from tests.connector.webhooks.processes import GatewayNode, Node, worker
from tests.connector.webhooks.servers import Postgres, postgres_folder
from tests.connector.webhooks.test_full_disk import mount

pytestmark = pytest.mark.linux
Disturbance = Callable[[], None]


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    if postgres_folder() is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with Postgres() as server:
        _administer(server.url, "CREATE DATABASE specloom")
        migrated(f"{server.url}/specloom")
        yield server


def again(gateway: GatewayNode) -> None:
    gateway.kill()
    gateway.start()


def stalled(server: Postgres, least: float, most: float) -> None:
    server.signal(signal.SIGSTOP)
    pause(least, most)
    server.signal(signal.SIGCONT)


def restarted(server: Postgres, end: Disturbance) -> None:
    end()
    pause(0.2, 2)
    server.start()


def killed_while_stalled(server: Postgres, gateway: GatewayNode) -> None:
    server.signal(signal.SIGSTOP)
    pause(0.5, 2)
    again(gateway)
    pause(0.5, 1)
    server.signal(signal.SIGCONT)


def disturb(under_way: Traffic, disturbances: list[Disturbance], times: int) -> None:
    for one in islice(cycle(disturbances), times):
        pause(0.4, 1.5)
        one()
    under_way.gateway.until_ready(60)


def on_postgres(server: Postgres, folder: Path, times: int, events: int, longest: float) -> None:
    url = f"{server.url}/specloom"
    helper = worker(url, folder)
    with traffic(url, folder, events=events, seconds=times * 3) as under_way:
        gateway = under_way.gateway
        helper.start()
        disturbances: list[Disturbance] = [
            lambda: stalled(server, 1, longest), lambda: restarted(server, server.kill), lambda: again(gateway),
            lambda: killed_while_stalled(server, gateway), lambda: restarted(server, server.stop),
            lambda: revived(helper),
        ]  # fmt: skip
        try:
            disturb(under_way, disturbances, times)
            print(under_way.check(url, times, processes=2))
        finally:
            helper.kill()


def revived(node: Node) -> None:
    node.kill()
    node.start()


def test_postgres_stalls_and_restarts(postgres: Postgres, tmp_path: Path) -> None:
    on_postgres(postgres, tmp_path, times=6, events=60, longest=3)


@pytest.mark.soak
def test_postgres_stalls_and_restarts_48_times(postgres: Postgres, tmp_path: Path) -> None:
    on_postgres(postgres, tmp_path, times=48, events=1000, longest=20)


# A full disk -------------------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 48 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if shutil.which("mount") is None or not mount(folder, "size=48m"):
        pytest.skip("no file system may be mounted here (that takes root)")
    yield folder
    os.system(f"umount -l '{folder}'")


def filled(disk: Path, during: Disturbance) -> None:
    """Not a byte is left while `during` lasts, and then there is room again."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (2**20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
        during()
    ballast.unlink()


@pytest.mark.soak
def test_a_disk_that_is_full_20_times(disk: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{disk}/ledger.db"
    migrated(url)
    with traffic(url, tmp_path, events=400, seconds=60) as under_way:
        gateway = under_way.gateway

        def killed() -> None:
            gateway.kill()
            pause(0.1, 0.5)

        def restart() -> None:
            filled(disk, killed)
            gateway.start()

        disturb(under_way, [lambda: filled(disk, lambda: pause(0.5, 3)), restart], 20)
        print(under_way.check(url, 20, processes=1))


# A clock that jumps ------------------------------------------------------------------------------------------

JUMPS = ("+3600", "-3600", "+90000", "+40", "-90000", "+0")
CLOCK = """
import os, time
_real, _file = time.time, os.environ["JUMPING_CLOCK"]
time.time = lambda: _real() + float(open(_file).read() or 0)
"""
"""Python runs it when it starts: a `sitecustomize` of the gateway's processes."""


def a_jumping_clock(times: int, events: int, url: str, folder: Path) -> None:
    """Seconds beside the real clock, of every process of the gateway; the vendor's is right."""
    clock, place = folder / "clock", folder / "site"
    clock.write_text("+0")
    place.mkdir()
    (place / "sitecustomize.py").write_text(CLOCK)
    environ = {
        "PYTHONPATH": f"{place}{os.pathsep}{ROOT}", "JUMPING_CLOCK": str(clock), "SPECLOOM_WORKERS": "2",
    }  # fmt: skip
    jumps = cycle(JUMPS)
    with traffic(url, folder, events=events, seconds=times * 3, environ=environ) as under_way:

        def told(seconds: str) -> None:
            (folder / "next").write_text(seconds)
            (folder / "next").replace(clock)

        def jump() -> None:
            told(next(jumps))
            pause(0.5, 3)

        disturb(under_way, [jump, jump, lambda: again(under_way.gateway)], times)
        told("+0")
        print(under_way.check(url, times, processes=2))


@pytest.mark.soak
def test_a_clock_that_jumps_36_times(sqlite_url: str, tmp_path: Path) -> None:
    a_jumping_clock(36, 300, sqlite_url, tmp_path)


@pytest.mark.soak
def test_a_clock_that_jumps_beside_postgres(postgres: Postgres, tmp_path: Path) -> None:
    a_jumping_clock(36, 300, f"{postgres.url}/specloom", tmp_path)

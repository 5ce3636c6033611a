"""One emulator and one gateway for the tests that do not mind sharing them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from specloom.connector.emulator import EmulatorServer
from tests.connector.gateway.harness import GatewayServer, running, services


@pytest.fixture(scope="package")
def emulator() -> Iterator[EmulatorServer]:
    server = EmulatorServer(services().values(), job_seconds=0.2).start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def gateway(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    with running(tmp_path_factory.mktemp("gateway"), emulator) as server:
        yield server


@pytest.fixture(autouse=True)
def _fresh_records(emulator: EmulatorServer) -> None:
    emulator.emulator.clear()

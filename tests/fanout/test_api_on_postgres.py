"""The whole of tests/test_hooks_api.py once more, on a gateway whose ledger is in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fanout.conftest import new_database
from tests.fanout.worlds import SECRET_KEY
from tests.gateway.harness import GatewayServer
from tests.test_hooks_api import *  # noqa: F403 - the tests and their fixtures
from tests.test_hooks_api import ONE, TWO


@pytest.fixture(scope="module")  # type: ignore[no-redef]
def server(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    environ = {
        "SPECLOOM_API_KEYS": f"one={ONE},two={TWO}",
        "SPECLOOM_ALLOW_VENDOR_KEYS": "yes",
        "SPECLOOM_HOOK_RETRIES": "0.1s",
        "SPECLOOM_HOOK_TIMEOUT": "1",
        "SPECLOOM_DATABASE_URL": new_database(postgres_server),
        "SPECLOOM_SECRET_KEY": SECRET_KEY,
    }
    running = GatewayServer(tmp_path_factory.mktemp("hooks"), environ=environ).start()
    yield running
    running.stop()

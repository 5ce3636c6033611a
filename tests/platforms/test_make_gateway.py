"""Steps of generated Make apps that run through our own gateway, for real, against the emulated services."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from specloom.connector.server.wiring import build
from specloom.connector.settings import Settings
from specloom.generator.make.modules.gateway import routes
from tests.platforms.make_apps import Apps, filled, modules, operation_of
from tests.platforms.make_emulator.errors import MakeError
from tests.support.make_services import service

KEYS = ("tuneforge", "mayanio", "tengrai")
LIKE_OTHERS = 4
"""Steps of one service that are enough: a job takes seconds, and those of a service differ in their fields only."""


def routed(key: str) -> list[tuple[str, str]]:
    names = [name for k, name in modules("action") if k == key and name != "getResult"]
    return [(key, name) for name in names if routes(operation_of(key, name))][:LIKE_OTHERS]


ROUTED = [entry for key in KEYS for entry in routed(key)]


@pytest.fixture(scope="module")
def apps() -> Iterator[Apps]:
    apps = Apps()
    yield apps
    apps.stop()


@pytest.fixture(scope="module")
def gateway(apps: Apps, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address; vendor keys travel through."""
    environ = {f"SPECLOOM_{key.upper()}_BASE_URL": apps.server.base_url(key) for key in KEYS}
    data: Path = tmp_path_factory.mktemp("gateway")
    process = build(Settings(data=data, allow_vendor_keys=True, environ=environ)).start()
    server = make_server("127.0.0.1", 0, process.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    process.stop()


@pytest.mark.parametrize(("key", "name"), ROUTED)
def test_slow_steps(apps: Apps, gateway: str, key: str, name: str) -> None:
    app = apps.connected(key, gatewayUrl=gateway)
    apps.server.emulator.clear()
    result = app.run(name, filled(operation_of(key, name)))
    assert result["status"] == "succeeded" and next(iter(result)).endswith("_url") and "job_id" not in result
    assert app.last is not None and [entry.url for entry in app.last.log] == [f"{gateway}/run/{key}/{name}"]
    call = apps.calls(key, name)[0]
    operation = operation_of(key, name)
    questions = {field.name for field in operation.fields if field.location == "selector"}
    given = {k: v for k, v in operation.request_examples[0].value.items() if k not in questions}
    assert {field: call.inputs[field] for field in given} == given


@pytest.mark.parametrize(("key", "name"), [entry for entry in ROUTED if operation_of(*entry).job][:3])
def test_not_waiting_and_get_result(apps: Apps, gateway: str, key: str, name: str) -> None:
    app = apps.connected(key, gatewayUrl=gateway)
    started = app.run(name, {**filled(operation_of(key, name)), "waitForCompletion": False})
    assert started["status"] in ("queued", "running") and started["job_id"]
    until = time.monotonic() + 20
    while (result := app.run("getResult", {"id": started["job_id"]}))["status"] != "succeeded":
        assert time.monotonic() < until
        time.sleep(0.2)
    assert next(iter(result)).endswith("_url") and "service" not in result


@pytest.mark.parametrize("key", KEYS)
def test_failures_keep_the_vendors_words(apps: Apps, gateway: str, key: str) -> None:
    name = next(n for k, n in ROUTED if k == key)
    app = apps.connected(key, gatewayUrl=gateway)
    app.connection["apiKey"] = f"{service(key).auth.key_prefix}error_402"
    with pytest.raises(MakeError) as caught:
        app.run(name, filled(operation_of(key, name)))
    assert caught.value.type == "OutOfSpaceError" and str(caught.value).startswith("[402] ")

"""What an operator sees from outside: figures, log lines and traces, and that no secret is in any of them."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from specloom.connector.emulator import EmulatorServer
from specloom.connector.ledger import Ledger, Vault, make_engine
from specloom.connector.ledger.migrate import upgrade
from specloom.connector.settings import variable
from specloom.connector.telemetry import exposition, tracing
from specloom.connector.telemetry.exposition import Exposition, StatusServer
from specloom.connector.telemetry.metrics import Metrics
from specloom.schemas.problems import SpecloomError
from tests.connector.gateway.harness import KEY_ONE, GatewayServer, eventually, running
from tests.connector.gateway.served import Served
from tests.connector.gateway.test_keys import OPERATOR, call, run
from tests.support.emulated import Receiver

SECRETS = ("very-secret", KEY_ONE, OPERATOR, "a lighthouse")


@pytest.fixture(scope="module")
def keyed(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    environ = {variable(key, "api_key"): emulator.key(key) for key in emulator.emulator.vendors}
    environ |= {"SPECLOOM_API_KEYS": f"acme={KEY_ONE}", "SPECLOOM_OPERATOR_KEYS": f"ada={OPERATOR}"}
    with running(
        tmp_path_factory.mktemp("observed"), emulator, environ={**environ, "SPECLOOM_HOOK_RETRIES": "1h"}
    ) as server:
        yield server


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposition, "FRESH", 0.0)


def figures(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text) for sample in family.samples
    }  # fmt: skip


def scrape(server: GatewayServer) -> dict[tuple[str, ...], float]:
    return figures(call(server, "GET", "/metrics").text)


def test_deliveries_hooks_jobs_and_the_ledger_have_figures(
    keyed: GatewayServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "specloom")
    receiver = Receiver()
    good, bad = ({"target_url": url, "events": ["*"]} for url in (receiver.url, "http://127.0.0.1:9/very-secret"))
    ids = [call(keyed, "POST", "/hooks", KEY_ONE, hook).json()["id"] for hook in (good, bad)]
    call(keyed, "POST", "/events", KEY_ONE, {"type": "order.paid", "data": {"x": "very-secret"}})
    assert receiver.arrived.acquire(timeout=10)
    told = eventually(lambda: (f := scrape(keyed)).get(("specloom_hooks", "failing")) == 1 and f)
    assert told["specloom_deliveries_total", "delivered"] >= 1 <= told["specloom_deliveries_total", "failed"]
    assert told["specloom_deliveries_by_state", "pending"] == 1 and told["specloom_oldest_due_seconds",] == 0
    assert told["specloom_hooks", "enabled"] == 2 and told["specloom_ledger_up",] == 1
    assert told["specloom_ledger_seconds_count", "read"] > 0 < told["specloom_ledger_seconds_count", "write"]
    call(keyed, "PATCH", f"/hooks/{ids[1]}", KEY_ONE, {"enabled": False})
    assert scrape(keyed)["specloom_deliveries_by_state", "dead"] == 1
    never = call(
        keyed, "POST", "/run/tengrai/createQuantumArtwork", KEY_ONE, {"prompt": "never ends"}, Prefer="respond-async"
    )
    eventually(lambda: scrape(keyed)["specloom_jobs", "running"] == 1)
    call(keyed, "POST", f"{never.headers['Location']}/cancel", KEY_ONE)
    attempts = [record.fields for record in caplog.records if record.getMessage() == "delivery"]  # type: ignore[attr-defined]
    assert {(a["hook"], a["outcome"], a["tenant"], a["attempt"]) for a in attempts} == {
        (ids[0], "delivered", "acme", 1),
        (ids[1], "failed", "acme", 1),
    }
    assert all(a["host"] == "127.0.0.1" and isinstance(a["ms"], int) for a in attempts)
    for hook in ids:
        call(keyed, "DELETE", f"/hooks/{hook}", KEY_ONE)
    receiver.stop()
    seen = "".join(str(vars(record)) for record in caplog.records) + call(keyed, "GET", "/metrics").text
    assert not [secret for secret in SECRETS if secret in seen]


def test_what_each_tenant_holds_and_the_threads_have_figures(keyed: GatewayServer) -> None:
    vendors_key = "tuen_sk_slow_2"
    hook = {"target_url": "http://127.0.0.1:9/very-secret", "events": ["*"]}
    hook_id = call(keyed, "POST", "/hooks", KEY_ONE, hook).json()["id"]
    call(keyed, "POST", "/events", KEY_ONE, {"type": "order.paid", "data": {}})
    never = call(
        keyed, "POST", "/run/tengrai/createQuantumArtwork", KEY_ONE, {"prompt": "never ends"}, Prefer="respond-async"
    ).headers["Location"]
    threads = [
        threading.Thread(target=call, args=(keyed, "GET", never, KEY_ONE), kwargs={"Prefer": "wait=3"}),
        threading.Thread(target=keyed.call, args=("POST", "/run/tuen/generateImage"), kwargs={
            "json": {"prompt": "x"}, "headers": {"X-Specloom-Key": KEY_ONE}, "key": vendors_key}),
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    wanted = {
        ("specloom_tenant_held", "acme", "waiting"): 1, ("specloom_tenant_held", "acme", "calls"): 1,
        ("specloom_tenant_jobs", "acme"): 1, ("specloom_tenant_deliveries", "acme", "pending"): 1,
    }  # fmt: skip
    told = eventually(lambda: (f := scrape(keyed)).items() >= wanted.items() and f)
    assert told["specloom_threads",] > 3 and told["specloom_pool_threads", "idle", "job"] >= 0
    assert told["specloom_pool_waiting", "poll"] == 0
    call(keyed, "POST", f"{never}/cancel", KEY_ONE)
    call(keyed, "DELETE", f"/hooks/{hook_id}", KEY_ONE)
    for thread in threads:
        thread.join()
    told = scrape(keyed)
    assert [told["specloom_tenant_held", "acme", what] for what in ("waiting", "calls")] == [0, 0]
    assert ("specloom_tenant_jobs", "acme") not in told
    text = call(keyed, "GET", "/metrics").text
    assert not [secret for secret in (*SECRETS, vendors_key) if secret in text]


@pytest.mark.posix
def test_what_all_processes_hold_is_told_by_whichever_is_asked(emulator: EmulatorServer, tmp_path: Path) -> None:
    environ = {
        "SPECLOOM_TUEN_BASE_URL": emulator.base_url("tuen"), "SPECLOOM_TUEN_API_KEY": "tuen_sk_slow_5",
        "SPECLOOM_API_KEYS": f"acme={KEY_ONE}", "SPECLOOM_OPERATOR_KEYS": f"ada={OPERATOR}",
    }  # fmt: skip
    served = Served(tmp_path / "data", environ, "--workers", "2").start()
    try:
        caller = lambda: served.post(  # noqa: E731
            "/run/tuen/generateImage", json={"prompt": "x"}, headers={"X-Specloom-Key": KEY_ONE}
        )
        threads = [threading.Thread(target=caller) for _ in range(8)]
        for thread in threads:
            thread.start()

        def told() -> dict[tuple[str, ...], float]:
            reply = requests.get(served.url + "/metrics", headers={"X-Specloom-Key": OPERATOR}, timeout=20)
            return figures(reply.text)

        held = eventually(lambda: (f := told()).get(("specloom_tenant_held", "acme", "calls")) == 8 and f)
        assert held["specloom_pool_threads", "call", "running"] >= 8 and held["specloom_threads",] > 8
        for thread in threads:
            thread.join()
        eventually(lambda: told()["specloom_tenant_held", "acme", "calls"] == 0)
    finally:
        served.stop()


def test_tenants_that_nobody_named_are_one_in_the_figures(emulator: EmulatorServer, tmp_path: Path) -> None:
    """Their number has no bound, and their ids are made of keys."""
    with running(tmp_path, emulator) as open_gateway:
        jobs = [open_gateway.run("tengrai", "createQuantumArtwork", {"prompt": "never ends"}, key=key,
                                 headers={"Prefer": "respond-async"}).headers["Location"]
                for key in ("emulator", "another-emulator")]  # fmt: skip
        told = scrape(open_gateway)
        assert (
            told["specloom_tenant_jobs", "unnamed"]
            == 2
            == sum(value for (name, *_), value in told.items() if name == "specloom_tenant_jobs")
        )
        for job, key in zip(jobs, ("emulator", "another-emulator"), strict=True):
            open_gateway.call("POST", f"{job}/cancel", key=key)


def test_every_request_line_names_tenant_address_and_resource(
    keyed: GatewayServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "specloom")
    job = call(keyed, "POST", "/run/tuneforge/generateMusic", KEY_ONE, {"prompt": "x"}).headers["Location"]
    call(keyed, "GET", job, OPERATOR)
    call(keyed, "GET", "/jobs/very-secret", "slk_unknown_0123456789abcdef")
    lines = [record.fields for record in caplog.records if record.getMessage() == "request"]  # type: ignore[attr-defined]
    ran, read, refused = lines
    assert (ran["tenant"], ran["key"], ran["client"], ran["resource"]) == ("acme", "acme", "127.0.0.1", job[6:])
    assert (read["tenant"], read["key"], read["resource"]) == ("", "ada", job[6:])
    assert (refused["tenant"], refused["key"], refused["status"]) == ("", "", 401)
    assert "unknown" not in json.dumps(lines)


def test_a_vendors_key_is_a_tenant_in_the_log_and_not_itself(
    gateway: GatewayServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "specloom")
    gateway.run("tuen", "generateImage", {"prompt": "x"}, key="tuen_sk_very-secret")
    (line,) = [record.fields for record in caplog.records if record.getMessage() == "request"]  # type: ignore[attr-defined]
    assert line["tenant"].startswith("v:") and "very-secret" not in str(line)


def test_a_worker_has_health_and_metrics(tmp_path: Path) -> None:
    ledger = Ledger(make_engine(f"sqlite:///{tmp_path / 'ledger.db'}"), Vault("x" * 40))
    upgrade(ledger.engine)
    alive = [True]
    status = StatusServer("127.0.0.1:0", Exposition(Metrics(), ledger), ledger, lambda: alive[0]).start()
    url = f"http://127.0.0.1:{status.port}"
    assert [requests.get(url + path, timeout=5).status_code for path in ("/healthz", "/readyz", "/x")] == [
        200,
        200,
        404,
    ]
    assert figures(requests.get(f"{url}/metrics", timeout=5).text)["specloom_ledger_up",] == 1
    alive[0] = False
    assert requests.get(f"{url}/healthz", timeout=5).status_code == 503
    with pytest.raises(SpecloomError, match="cannot listen"):
        StatusServer(f"127.0.0.1:{status.port}", Exposition(Metrics(), ledger), ledger, lambda: True)
    status.stop()
    ledger.engine.dispose()


# Traces ------------------------------------------------------------------------------------------------------


@pytest.fixture
def spans() -> Iterator[Any]:
    sdk = pytest.importorskip("opentelemetry.sdk.trace")
    export = pytest.importorskip("opentelemetry.sdk.trace.export")
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter").InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(memory))
    tracing.use(provider)
    yield memory
    tracing.use(None)


def test_a_call_is_one_trace_from_the_callers_own_on(keyed: GatewayServer, spans: Any) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    assert run(keyed, KEY_ONE, traceparent=f"00-{trace}-00f067aa0ba902b7-01").status_code == 200
    found = eventually(lambda: len(done := spans.get_finished_spans()) >= 2 and done)
    vendor, request = (next(s for s in found if s.name == name) for name in ("POST vendor", "run.run"))
    assert format(request.context.trace_id, "032x") == trace and vendor.parent.span_id == request.context.span_id
    assert request.attributes["specloom.tenant"] == "acme" and request.attributes["http.response.status_code"] == 200
    assert vendor.attributes["server.address"] == "127.0.0.1" and vendor.attributes["http.response.status_code"] == 200
    seen = "".join(span.to_json() for span in found)
    assert not [secret for secret in SECRETS if secret in seen]


def test_no_traces_without_a_place_for_them() -> None:
    assert tracing.start({}) is False
    with tracing.span("nothing") as describe:
        describe(x=1)
    began = time.perf_counter()
    for _ in range(10_000):
        assert tracing.begin({}, "x") is None
    assert time.perf_counter() - began < 1

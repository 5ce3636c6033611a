"""What a tenant may have: rate, storage and spend, refused in words and with a time to come back at."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from specloom.connector.access.accounts import Accounts
from specloom.connector.access.quotas import Gate, Quotas, read, write
from specloom.connector.emulator import EmulatorServer
from specloom.connector.errors import Refused
from specloom.connector.settings import variable
from tests.connector.gateway.harness import KEY_ONE, GatewayServer, eventually, running, services
from tests.connector.gateway.test_keys import OPERATOR, call, made, run

DROP_IN = "/tuen/api/services/image_gen"


@pytest.fixture(scope="module")
def slow(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    """The vendor takes three seconds for each call."""
    environ = {"SPECLOOM_TUEN_API_KEY": "tuen_sk_slow_3", "SPECLOOM_OPERATOR_KEYS": f"ada={OPERATOR}"}
    with running(tmp_path_factory.mktemp("flying"), emulator, environ=environ) as server:
        yield server


@pytest.fixture(scope="module")
def keyed(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    environ = {variable(key, "api_key"): emulator.key(key) for key in emulator.emulator.vendors}
    environ |= {"SPECLOOM_OPERATOR_KEYS": f"ada={OPERATOR}"}
    with running(tmp_path_factory.mktemp("quotas"), emulator, environ=environ) as server:
        yield server


def limit(server: GatewayServer, subject: str, **quotas: Any) -> None:
    reply = call(server, "PUT", f"/quotas/{subject}", body=quotas)
    assert reply.status_code == 200, reply.text


def test_a_rate_of_a_tenant_counts_all_its_keys_and_nobody_elses(keyed: GatewayServer) -> None:
    one, two = (made(keyed, name=name, tenant="rated")["key"] for name in ("one", "two"))
    other = made(keyed, name="another", tenant="unrated")["key"]
    limit(keyed, "rated", rate=3)
    assert [run(keyed, key).status_code for key in (one, two, one, two)] == [200, 200, 200, 429]
    refused = run(keyed, one)
    assert refused.status_code == 429 and 1 <= int(refused.headers["Retry-After"]) <= 21
    assert refused.json()["error"] == {
        **refused.json()["error"],
        "type": "rate_limited",
        "message": "Your tenant may make 3 calls a minute",
    }
    assert call(keyed, "POST", "/tuen/api/services/image_gen", one, {"prompt": "x"}).status_code == 429
    assert run(keyed, other).status_code == 200
    limit(keyed, "rated")
    assert run(keyed, one).status_code == 200


def test_a_rate_of_a_key_is_its_own(keyed: GatewayServer) -> None:
    key, other = (made(keyed, name=name, tenant="keys") for name in ("slow", "quick"))
    limit(keyed, key["id"], rate=1)
    assert [run(keyed, key["key"]).status_code for _ in range(2)] == [200, 429]
    assert [run(keyed, other["key"]).status_code for _ in range(2)] == [200, 200]


def test_what_is_spent_is_counted_and_bounded(keyed: GatewayServer) -> None:
    key = made(keyed, name="spender", tenant="spender")["key"]
    assert run(keyed, key).json()["usage"]["cost"] == 1
    limit(keyed, "spender", spend={"tuen": 3})
    assert [run(keyed, key).status_code for _ in range(3)] == [200, 200, 429]
    refused = run(keyed, key)
    assert refused.json()["error"]["type"] == "quota_exceeded" and int(refused.headers["Retry-After"]) >= 1
    assert "spent 3 of the 3" in refused.json()["error"]["message"]

    def spent() -> Any:
        listed = call(keyed, "GET", "/tenants").json()["data"]
        return next(t for t in listed if t["tenant"] == "spender")["spent"].get("tuen")

    assert eventually(lambda: (s := spent()) and s["cost"] == 3 and s) == {"cost": 3, "unit": "requests", "calls": 3}


def test_storage_is_bounded(keyed: GatewayServer) -> None:
    key = made(keyed, name="files", tenant="files")["key"]
    limit(keyed, "files", storage=10)

    def upload(data: bytes) -> Any:
        return keyed.call("POST", "/files", key=key, data=data)

    first = upload(b"12345678")
    assert first.status_code == 201
    for data, left in ((b"123", 2), (b"12", None), (b"1", 0)):
        reply = upload(data)
        assert reply.status_code == (201 if left is None else 429), data
        assert left is None or f"{left} bytes left" in reply.json()["error"]["message"]
    assert keyed.call("DELETE", f"/files/{first.json()['id']}", key=key).status_code == 204
    assert upload(b"1234").status_code == 201


def test_everybody_without_quotas_of_its_own_has_the_default(keyed: GatewayServer) -> None:
    ledger = keyed.process.shared.ledger
    gate = Gate(ledger, Accounts(ledger))
    with ledger.write() as connection:
        write(connection, "*", Quotas(rate=5, calls=2))
        write(connection, "t:own", Quotas(jobs=1))
        assert read(connection)["*"].rate == 5
    assert gate.of("t:any") == Quotas(rate=5, calls=2) and gate.of("t:own") == Quotas(jobs=1)
    with ledger.write() as connection:
        write(connection, "*", Quotas())
    gate.forget()
    assert gate.of("t:any") == Quotas()


def test_no_calls_at_all(keyed: GatewayServer) -> None:
    key = made(keyed, name="closed", tenant="closed")["key"]
    limit(keyed, "closed", rate=0)
    assert run(keyed, key).json()["error"]["type"] == "quota_exceeded"


def test_accounts_of_two_processes_add_up(keyed: GatewayServer, tmp_path: Path) -> None:
    ledger = keyed.process.shared.ledger
    one, two = Accounts(ledger), Accounts(ledger)
    result = {"status": "succeeded", "service": "tuen", "usage": {"cost": 2.5, "unit": "credits"}}
    for accounts in (one, two, one):
        accounts.add("t:sum", result)
        accounts.add("t:sum", {**result, "status": "failed"})
    assert one.this_month("t:sum", "tuen") == 5
    one.write()
    two.write()
    assert Accounts(ledger).this_month("t:sum", "tuen") == 7.5
    with pytest.raises(Refused):
        Gate(ledger, one)._spend("t:sum", "tuen", 7.5)


def in_flight(server: GatewayServer, key: str, count: int) -> list[requests.Response]:
    """As many slow calls of one key at the same time."""
    with ThreadPoolExecutor(count) as pool:
        asked = [
            pool.submit(server.call, "POST", path, key=key, json={"prompt": "x"})
            for _, path in zip(range(count), itertools.cycle(("/run/tuen/generateImage", DROP_IN)))
        ]
        return [one.result() for one in asked]


def test_calls_in_flight_are_bounded_by_tenant_and_by_key(slow: GatewayServer) -> None:
    first, second = (made(slow, name=name, tenant="flying") for name in ("one", "two"))
    other = made(slow, name="free", tenant="free")["key"]
    limit(slow, "flying", calls=2)
    replies = in_flight(slow, first["key"], 6)
    assert sorted(reply.status_code for reply in replies) == [200, 200, 429, 429, 429, 429]
    for refused in (reply for reply in replies if reply.status_code == 429):
        assert (
            "Your tenant may have 2 calls in flight at once" in refused.text and refused.headers["Retry-After"] == "1"
        )
    assert [reply.status_code for reply in in_flight(slow, other, 4)] == [200] * 4
    limit(slow, "flying")
    limit(slow, first["id"], calls=1)
    replies = in_flight(slow, first["key"], 3)
    assert sorted(reply.status_code for reply in replies) == [200, 429, 429]
    assert any("This key may have 1 call in flight at once" in reply.text for reply in replies)
    assert [reply.status_code for reply in in_flight(slow, second["key"], 3)] == [200] * 3
    limit(slow, first["id"], calls=0)
    (refused,) = in_flight(slow, first["key"], 1)
    assert refused.status_code == 429 and "may make no calls" in refused.text


def test_open_jobs_are_bounded(keyed: GatewayServer) -> None:
    key, other = (made(keyed, name=name, tenant=name)["key"] for name in ("jobs", "nojobs"))
    limit(keyed, "jobs", jobs=2)
    path, later = "/run/tuneforge/generateMusic", {"Prefer": "respond-async"}

    def begin(key: str, path: str = path, **headers: str) -> requests.Response:
        return keyed.call("POST", path, key=key, json={"prompt": "rain"}, headers={**later, **headers})

    with ThreadPoolExecutor(6) as pool:
        replies = [one.result() for one in [pool.submit(begin, key) for _ in range(6)]]
    assert sorted(reply.status_code for reply in replies) == [202, 202, 429, 429, 429, 429]
    refused = begin(key, **{"Idempotency-Key": "later"})
    error = refused.json()["error"]
    assert error["type"] == "quota_exceeded" and "2 open jobs at once" in error["message"]
    assert refused.headers["Retry-After"] == "5"
    assert begin(other).status_code == 202
    # A drop-in job that somebody is to be told of is one too.
    hook = keyed.call("POST", "/hooks", key=key, json={"target_url": f"{keyed.url}/healthz", "events": ["*"]})
    assert hook.status_code == 201
    base = urlsplit(services()["tuneforge"].servers[0].url).path
    refused = begin(key, f"/tuneforge{base}/music/generate")
    assert refused.status_code == 429 and "2 open jobs at once" in refused.text
    for reply in replies:
        if reply.status_code == 202:
            keyed.call("GET", reply.headers["Location"], key=key, headers={"Prefer": "wait=10"})
    assert begin(key, **{"Idempotency-Key": "later"}).status_code == 202


def test_uploads_at_once_do_not_exceed_the_storage_together(keyed: GatewayServer) -> None:
    key = made(keyed, name="together", tenant="together")["key"]
    limit(keyed, "together", storage=2500)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(keyed.call, "POST", "/files", key=key, data=bytes(1000)) for _ in range(8)]
        replies = [one.result() for one in asked]
    assert sorted(reply.status_code for reply in replies) == [201, 201] + [429] * 6
    assert all("500 bytes left" in reply.text for reply in replies if reply.status_code == 429)


def test_without_a_quota_storage_has_the_gateways_bound(emulator: EmulatorServer, tmp_path: Path) -> None:
    with running(tmp_path, emulator, environ={"SPECLOOM_API_KEYS": KEY_ONE, "SPECLOOM_TENANT_STORAGE": "10"}) as server:
        assert server.call("POST", "/files", key=KEY_ONE, data=b"12345678").status_code == 201
        refused = server.call("POST", "/files", key=KEY_ONE, data=b"123")
        assert refused.status_code == 429 and "2 bytes left" in refused.json()["error"]["message"]

"""What a tenant may have: rate, storage and spend, refused in words and with a time to come back at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specloom.connector.access.accounts import Accounts
from specloom.connector.access.quotas import Gate, Quotas, read, write
from specloom.connector.emulator import EmulatorServer
from specloom.connector.errors import Refused
from specloom.connector.settings import variable
from tests.connector.gateway.harness import GatewayServer, eventually, running
from tests.connector.gateway.test_keys import OPERATOR, call, made, run


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

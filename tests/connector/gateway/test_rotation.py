"""A change of the secret key loses nobody, and the wrong one is refused at start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from specloom.connector.emulator import EmulatorServer
from specloom.connector.ledger import Ledger, Vault, make_engine
from specloom.connector.ledger.migrate import upgrade
from specloom.connector.ledger.rotation import check_secret_key, seal_anew
from specloom.connector.ledger.tables import rate_state
from specloom.connector.ledger.tenants import TenantNames
from specloom.connector.ledger.webhook_tables import hooks
from specloom.connector.server.opening import open_ledger
from specloom.connector.settings import read_settings
from specloom.schemas.problems import SpecloomError
from tests.connector.gateway.harness import GatewayServer, running

OLD, NEW, NEXT = ("a secret key of forty characters: " + name for name in ("the old", "the new", "the next"))
HOOK = {"target_url": "https://hooks.example.com/x", "services": ["tuen"]}


def ledger(folder: Path, secret: str) -> Ledger:
    found = Ledger(make_engine(f"sqlite:///{folder / 'ledger.sqlite3'}"), Vault(secret))
    upgrade(found.engine)
    return found


def hooks_of(gateway: GatewayServer, key: str = "") -> list[Any]:
    found: list[Any] = gateway.call("GET", "/hooks", key=key or gateway.key("tuen")).json()["data"]
    return found


def test_an_unnamed_tenant_keeps_its_own_through_two_changes(emulator: EmulatorServer, tmp_path: Path) -> None:
    def started(secret: str) -> Any:
        environ = {"SPECLOOM_SECRET_KEY": secret, "SPECLOOM_HOOK_ALLOW": "hooks.example.com"}
        return running(tmp_path, emulator, environ=environ)

    with started(OLD) as gateway:
        made = gateway.call("POST", "/hooks", key=gateway.key("tuen"), json=HOOK)
        assert made.status_code == 201, made.text
        gateway.run("tuen", "generateImage", {"prompt": "x"}, headers={"Prefer": "respond-async"})
    for secret in (f"{NEW},{OLD}", NEW, f"{NEXT},{NEW}", NEXT):
        with started(secret) as gateway:
            assert [hook["id"] for hook in hooks_of(gateway)] == [made.json()["id"]], secret
            assert len(gateway.call("GET", "/jobs", key=gateway.key("tuen")).json()["data"]) == 1
            assert hooks_of(gateway, "another") == []


def test_a_key_that_is_gone_is_needed_no_more(tmp_path: Path) -> None:
    """What it sealed was sealed anew while it was there."""
    before = ledger(tmp_path, OLD)
    check_secret_key(before)
    row: dict[str, Any] = {
        "id": "",
        "tenant": "t:a",
        "kind": "hook",
        "status": "enabled",
        "target_url": "",
        "events": "[]",
    }
    row |= {"services": "[]", "created": 0, "updated": 0, "room": 1}
    with before.write() as connection:
        for number in range(450):
            values = {**row, "id": f"hook_{number:04}", "sealed": before.vault.seal(f"whsec_{number}")}
            connection.execute(insert(hooks).values(values))
    assert seal_anew(ledger(tmp_path, f"{NEW},{OLD}")) == 451
    after = ledger(tmp_path, NEW)
    check_secret_key(after)
    with after.read() as connection:
        sealed = connection.scalars(select(hooks.c.sealed).order_by(hooks.c.id)).all()
    assert [after.vault.unseal(text) for text in sealed] == [f"whsec_{number}" for number in range(450)]


def test_another_key_is_refused_at_start(tmp_path: Path) -> None:
    """Also on a ledger that holds nothing yet."""
    open_ledger(read_settings({"SPECLOOM_SECRET_KEY": OLD}, data=tmp_path)).engine.dispose()
    with pytest.raises(SpecloomError, match="another SPECLOOM_SECRET_KEY"):
        open_ledger(read_settings({"SPECLOOM_SECRET_KEY": NEW}, data=tmp_path))
    open_ledger(read_settings({"SPECLOOM_SECRET_KEY": f"{NEW},{OLD}"}, data=tmp_path)).engine.dispose()
    open_ledger(read_settings({"SPECLOOM_SECRET_KEY": NEW}, data=tmp_path)).engine.dispose()
    with pytest.raises(SpecloomError):
        open_ledger(read_settings({"SPECLOOM_SECRET_KEY": OLD}, data=tmp_path))


def test_gateways_agree_while_the_key_changes(tmp_path: Path) -> None:
    """One has the new key already, the other has not, and the tenant is new to both."""
    new, old = TenantNames(ledger(tmp_path, f"{NEW},{OLD}")), TenantNames(ledger(tmp_path, OLD))
    name = new.of("v:", "tenant vendor", "tuen", "Bearer x")
    assert name == old.of("v:", "tenant vendor", "tuen", "Bearer x")
    assert name == TenantNames(ledger(tmp_path, NEW)).of("v:", "tenant vendor", "tuen", "Bearer x")


def test_no_vendor_key_stands_in_the_ledger(emulator: EmulatorServer, tmp_path: Path) -> None:
    """Told to wait, the gateway writes down for whom, but not with which key."""
    with running(tmp_path, emulator) as gateway:
        process = gateway.process
        limiter = process.shared.calls.limiter
        limiter._block(("tuen", "Bearer very secret"), 4e9)
        with process.shared.ledger.read() as connection:
            owners = connection.scalars(select(rate_state.c.owner)).all()
        assert owners and not any("secret" in owner for owner in owners)

"""`specloom keys`, `hooks`, `deliveries` and `jobs`: on the ledger itself, and over the API of a gateway that runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from specloom.command import main
from specloom.connector.emulator import EmulatorServer
from specloom.connector.ledger.webhook_tables import deliveries
from specloom.connector.settings import variable
from specloom.schemas.problems import SpecloomError
from tests.connector.gateway.harness import GatewayServer, eventually, running
from tests.connector.gateway.test_keys import OPERATOR, call, run

Specloom = Callable[..., str]


@pytest.fixture(scope="module")
def keyed(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    environ = {variable(key, "api_key"): emulator.key(key) for key in emulator.emulator.vendors}
    environ |= {"SPECLOOM_OPERATOR_KEYS": f"ada={OPERATOR}", "SPECLOOM_HOOK_RETRIES": "1h"}
    with running(tmp_path_factory.mktemp("commands"), emulator, environ=environ) as server:
        yield server


def specloom_at(environ: dict[str, str | None]) -> Specloom:
    def ran(*arguments: str) -> str:
        done = CliRunner().invoke(main, arguments, env=environ)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return ran


@pytest.fixture(params=["ledger", "api"])
def specloom(request: pytest.FixtureRequest, keyed: GatewayServer) -> Specloom:
    if request.param == "api":
        return specloom_at({"SPECLOOM_URL": keyed.url, "SPECLOOM_KEY": OPERATOR})
    return specloom_at(
        {"SPECLOOM_URL": None, "SPECLOOM_DATA": str(keyed.settings.data), "SPECLOOM_HOOK_ALLOW": "127.0.0.1"}
    )


def rows(specloom: Specloom, *arguments: str) -> list[Any]:
    found: list[Any] = json.loads(specloom(*arguments, "--format", "json"))
    return found


def test_keys(specloom: Specloom, keyed: GatewayServer, request: pytest.FixtureRequest) -> None:
    name = f"shop-{request.node.callspec.id}"
    key = specloom("keys", "create", name, "--tenant", "acme", "--service", "tuen", "--expires", "2d").strip()
    assert key.startswith("slk_") and run(keyed, key).status_code == 200
    (found,) = [k for k in rows(specloom, "keys", "list") if k["name"] == name]
    assert found["tenant"] == "acme" and found["services"] == ["tuen"] and found["expires_at"]
    table = specloom("keys", "list")
    assert table.splitlines()[0].split()[:3] == ["ID", "NAME", "HINT"] and key not in table
    assert "rate" in specloom("keys", "quotas", found["id"], "--rate", "1")
    assert "1.0" in specloom("keys", "quotas", found["id"])
    specloom("keys", "quotas", found["id"], "--unlimited")
    specloom("keys", "quotas", "acme", "--spend", "tuen=500", "--storage", "1000000")
    assert any(
        t["tenant"] == "acme" and t["quotas"]["spend"] == {"tuen": 500} for t in rows(specloom, "keys", "tenants")
    )
    assert "Revoked" in specloom("keys", "revoke", name)
    assert eventually(lambda: run(keyed, key).status_code == 401)
    with pytest.raises(SpecloomError, match="there is no key that works"):
        specloom("keys", "revoke", name)
    trail = rows(specloom, "keys", "audit", "--target", found["id"])
    assert [entry["action"] for entry in trail] == ["key.revoked", "quotas.set", "quotas.set", "key.created"]
    assert {entry["actor"].split(":")[0] for entry in trail} == {"ada" if "api" in name else "cli"}
    assert key not in str(trail)


def test_hooks_and_deliveries(specloom: Specloom, keyed: GatewayServer) -> None:
    key = specloom("keys", "create", "hooker", "--tenant", "hooked").strip()
    refused = {"target_url": "http://127.0.0.1:9/closed", "events": ["*"]}
    hook = call(keyed, "POST", "/hooks", key, refused).json()["id"]
    assert call(keyed, "POST", "/events", key, {"type": "order.paid", "data": {"n": 1}}).status_code == 202
    (delivery,) = eventually(
        lambda: (d := rows(specloom, "deliveries", "list", "--hook", hook)) and d[0]["attempts"] and d
    )
    assert delivery["state"] == "pending" and delivery["tenant"] == "hooked"
    assert "no connection" in specloom("deliveries", "list", "--hook", hook, "--since", "1h")
    specloom("deliveries", "retry", delivery["id"])  # a pending one is pushed
    shown = eventually(
        lambda: (
            (d := json.loads(specloom("deliveries", "show", delivery["id"], "--format", "json")))["attempts"] == 2 and d
        )
    )
    assert [attempt["number"] for attempt in shown["attempt_log"]] == [1, 2] and shown["state"] == "dead"
    assert "ATTEMPT" in specloom("deliveries", "show", delivery["id"]).upper()
    assert specloom("deliveries", "replay", "--since", "2h", "--until", "1h").startswith("0 ")
    assert specloom("--help") and specloom("deliveries", "replay", "--hook", hook).startswith("1 ")
    assert hook in [h["id"] for h in rows(specloom, "hooks", "list", "--tenant", "hooked")]
    assert rows(specloom, "hooks", "list", "--tenant", "somebody") == []
    assert specloom("hooks", "disable", hook) == "disabled\n" and specloom("hooks", "enable", hook) == "enabled\n"
    assert specloom("hooks", "rotate", hook).startswith("whsec_")
    with pytest.raises(AssertionError, match="no connection"):
        specloom("hooks", "test", hook)
    assert hook in specloom("hooks", "delete", hook)
    with pytest.raises(SpecloomError, match="There is no such hook"):
        specloom("hooks", "show", hook)
    specloom("keys", "revoke", "hooker")


def test_what_is_being_sent_is_not_pushed(specloom: Specloom, keyed: GatewayServer) -> None:
    key = specloom("keys", "create", "leased", "--tenant", "leased").strip()
    hook = call(keyed, "POST", "/hooks", key, {"target_url": "http://127.0.0.1:9/x", "events": ["*"]}).json()["id"]
    call(keyed, "POST", "/events", key, {"type": "order.paid", "data": {}})
    (delivery,) = eventually(
        lambda: (d := rows(specloom, "deliveries", "list", "--hook", hook)) and d[0]["attempts"] and d
    )
    with keyed.process.shared.ledger.write() as connection:
        mine = deliveries.c.id == delivery["id"]
        connection.execute(update(deliveries).where(mine).values(state="leased", lease="x", lease_until=2e10))
    with pytest.raises(SpecloomError, match="under way"):
        specloom("deliveries", "retry", delivery["id"])
    specloom("hooks", "delete", hook)
    specloom("keys", "revoke", "leased")


def test_jobs(specloom: Specloom, keyed: GatewayServer) -> None:
    key = specloom("keys", "create", "worker", "--tenant", "working").strip()
    location = run(keyed, key, "mayanio/generateVideo", Prefer="respond-async").headers["Location"]
    never = call(
        keyed, "POST", "/run/tengrai/createQuantumArtwork", key, {"prompt": "never ends"}, Prefer="respond-async"
    )
    job = never.headers["Location"].removeprefix("/jobs/")
    listed = rows(specloom, "jobs", "list", "--tenant", "working", "--service", "tengrai")
    assert listed[0]["id"] == job and listed[0]["status"] in ("queued", "running")
    assert job in specloom("jobs", "list", "--since", "1h") and "No jobs" in specloom("jobs", "list", "--until", "1h")
    assert json.loads(specloom("jobs", "cancel", job, "--format", "json"))["status"] == "canceled"
    assert call(keyed, "GET", f"/jobs/{job}", key).json()["status"] == "canceled"
    assert "canceled" in specloom("jobs", "show", job)
    assert eventually(lambda: "succeeded" in specloom("jobs", "show", location.removeprefix("/jobs/")))
    specloom("keys", "revoke", "worker")


def test_operators_keys_are_made_on_the_ledgers_machine_only(keyed: GatewayServer) -> None:
    local = specloom_at({"SPECLOOM_URL": None, "SPECLOOM_DATA": str(keyed.settings.data)})
    remote = specloom_at({"SPECLOOM_URL": keyed.url, "SPECLOOM_KEY": OPERATOR})
    with pytest.raises(SpecloomError, match="on the ledger's own machine"):
        remote("keys", "create", "eve", "--operator")
    key = local("keys", "create", "eve", "--operator").strip()
    reader = local("keys", "create", "rob", "--operator", "--read-only").strip()
    assert key.startswith("sok_") and call(keyed, "GET", "/keys", key).status_code == 200
    assert call(keyed, "POST", "/keys", key, {"name": "of eve"}).status_code == 201
    assert call(keyed, "GET", "/keys", reader).status_code == 200
    assert call(keyed, "POST", "/keys", reader, {"name": "of rob"}).status_code == 403
    local("keys", "revoke", "eve")
    assert eventually(lambda: call(keyed, "GET", "/keys", key).status_code == 401)
    with pytest.raises(SpecloomError, match="a key named 'rob' already"):
        local("keys", "create", "rob", "--operator")
    with pytest.raises(SpecloomError, match="for operators"):
        local("keys", "create", "x", "--read-only")


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"SPECLOOM_URL": "http://127.0.0.1:9"}, "no key for"),
        ({"SPECLOOM_URL": "http://127.0.0.1:9", "SPECLOOM_KEY": OPERATOR}, "cannot be reached"),
        ({"SPECLOOM_URL": "not a url", "SPECLOOM_KEY": OPERATOR}, "--url is"),
    ],
)
def test_what_is_wrong_is_one_line(environ: dict[str, str | None], words: str, tmp_path: Path) -> None:
    with pytest.raises(SpecloomError, match=words) as refused:
        specloom_at({"SPECLOOM_KEY": None, **environ})("hooks", "list")
    assert "\n" not in str(refused.value) and OPERATOR not in str(refused.value)


def test_strangers_words_do_not_steer_the_terminal(keyed: GatewayServer) -> None:
    local = specloom_at({"SPECLOOM_URL": None, "SPECLOOM_DATA": str(keyed.settings.data)})
    key = local("keys", "create", "escape", "--tenant", "escape").strip()
    body = {"target_url": "http://127.0.0.1:9/x", "events": ["*"], "description": "\x1b[31mred\r\nline"}
    hook = call(keyed, "POST", "/hooks", key, body).json()["id"]
    shown = local("hooks", "show", hook)
    assert "red" in shown and "\x1b" not in shown and "\r" not in shown
    local("hooks", "delete", hook)

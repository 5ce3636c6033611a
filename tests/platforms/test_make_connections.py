"""What depends on the connection: the gateway, other kinds of credentials, and the words of failures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from specloom.generator.make.emit import emit
from specloom.generator.platforms import EmitOptions
from specloom.schemas.expressions import parse
from specloom.schemas.model import Auth, ErrorRules, Example, Response, Service
from tests.platforms.make_emulator.app import MakeApp
from tests.platforms.make_emulator.errors import MakeError
from tests.platforms.vendor_stub import Stub
from tests.support.make_services import featured, service


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as stub:
        yield stub


def connected(stub: Stub, made: Service | None = None, **values: Any) -> MakeApp:
    app = MakeApp(emit(made or featured(), EmitOptions()).files, sleep=stub.sleep)
    key = {} if made and made.auth.kind != "apiKey" else {"apiKey": "k3y"}
    app.connect({**key, "baseUrl": stub.url, **values})
    stub.calls.clear()
    return app


def through(stub: Stub, gateway: Stub, **more: Any) -> MakeApp:
    return connected(stub, gatewayUrl=gateway.url, gatewayKey="slk_1", **more)


RESULT = {
    "success": True,
    "status": "succeeded",
    "type": "image",
    "image_url": "https://x/1.png",
    "items": [],
    "job_id": "j1",
}
GIVEN = {"image_url": "https://x/1.png", "status": "succeeded"}


def test_slow_steps_run_through_the_gateway(stub: Stub) -> None:
    with Stub() as gateway:
        app = through(stub, gateway)
        gateway.answer(RESULT)
        result = app.run("startWork", {"prompt": "p", "additionalBody": '{"more": 1}'})
        (call,) = gateway.calls
    assert result == GIVEN and stub.calls == []
    assert call.target == "/run/featured/startWork?api_key=k3y" and call.method == "POST"
    assert call.json == {"prompt": "p", "additionalBody": {"more": 1}}
    assert (call.headers["x-specloom-key"], call.headers["prefer"]) == ("slk_1", "wait=25")


def test_not_waiting_at_the_gateway_and_get_result(stub: Stub) -> None:
    with Stub() as gateway:
        app = through(stub, gateway)
        gateway.answer({**RESULT, "status": "running"}, status=202)
        assert app.run("startWork", {"prompt": "p", "waitForCompletion": False})["job_id"] == "j1"
        assert gateway.calls[0].headers["prefer"] == "respond-async"
        gateway.answer(RESULT)
        assert app.run("getResult", {"id": "j1"}) == GIVEN
        assert gateway.calls[1].target.startswith("/jobs/j1") and stub.calls == []


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (429, "rate_limited", "RateLimitError"),
        (401, "unauthorized", "InvalidAccessTokenError"),
        (200, "provider_error", "ConnectionError"),
    ],
)
def test_failures_of_the_gateway(stub: Stub, status: int, kind: str, expected: str) -> None:
    with Stub() as gateway:
        app = through(stub, gateway)
        gateway.answer({"success": False, "status": "failed", "error": {"type": kind, "message": "why"}}, status=status)
        with pytest.raises(MakeError, match="why") as caught:
            app.run("startWork", {"prompt": "p"})
    assert caught.value.type == expected


def test_quick_steps_do_not(stub: Stub) -> None:
    with Stub() as gateway:
        through(stub, gateway).run("sendForm", {"title": "t"})
        assert gateway.calls == [] and len(stub.calls) == 1


def test_slow_calls_of_a_bundled_service(stub: Stub) -> None:
    """MayanIO's 3D call takes 46 s: through the gateway it carries the file and the choice of how it is given."""
    with Stub() as gateway:
        gateway.answer(RESULT)
        stub.answer({"success": True, "data": {"projects": []}})
        app = connected(stub, service("mayanio"), gatewayUrl=gateway.url, host="x.example.com")
        app.run(
            "generate3DModel",
            {"image_url_or_image_data": "image_data", "image_base64": {"fileName": "f", "data": b"a"}},
        )
        assert gateway.calls[0].json == {"image_url_or_image_data": "image_data", "image_base64": "YQ=="}


# --- other ways to authenticate


@pytest.mark.parametrize(
    ("auth", "values", "header", "expected"),
    [
        (Auth(id="key", kind="apiKey", name="X-Key"), {"apiKey": "k3y"}, "x-key", "k3y"),
        (
            Auth(id="key", kind="apiKey", name="sid", location="cookie"),
            {"apiKey": "k3y"},
            "cookie",
            "sid=k3y; session=s",
        ),
        (
            Auth(id="key", kind="http", scheme="basic"),
            {"username": "u", "password": "p"},
            "authorization",
            "Basic dTpw",
        ),
    ],
)
def test_credentials(stub: Stub, auth: Auth, values: dict[str, str], header: str, expected: str) -> None:
    app = connected(stub, replace(featured(), auth=auth), **values)
    app.run("getThing", {"id": "1", "session": "s"} if header == "cookie" else {"id": "1"})
    assert stub.calls[-1].headers[header] == expected
    assert app.last is not None and "k3y" not in app.last.log[0].log and "dTpw" not in app.last.log[0].log


def test_no_credential_at_all(stub: Stub) -> None:
    app = connected(stub, replace(featured(), auth=Auth()))
    app.run("sendForm", {"title": "t"})
    assert "authorization" not in stub.calls[-1].headers


def test_lists_of_complaints_become_one_line(stub: Stub) -> None:
    """FastAPI's 422 holds a list; where the document shows one, each complaint is told."""
    rules = ErrorRules(message=parse("$response.body#/detail"))
    listed = Example(name="e", value={"detail": [{"loc": ["body", "a"], "msg": "too long"}]})
    failing = replace(featured().operations[0], responses=(Response(status="422", examples=(listed,)),))
    made = replace(featured(), errors=rules, operations=(failing, *featured().operations[1:]))
    app = connected(stub, made)
    stub.answer({"detail": [{"msg": "too long"}, {"msg": "missing"}]}, status=422)
    with pytest.raises(MakeError, match="too long; missing"):
        app.run("sendForm", {"title": "t"})
    stub.answer({"detail": "plain"}, status=400)
    with pytest.raises(MakeError, match=r"\[400\] plain"):
        app.run("sendForm", {"title": "t"})

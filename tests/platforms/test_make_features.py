"""What the bundled documents do not have, run by the stand-in for Make against a service that is told what to say."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from msgspec.structs import replace

from specloom.generator.make.emit import emit
from specloom.generator.platforms import EmitOptions
from specloom.schemas.model import Field, Operation, Service
from tests.platforms.make_emulator.app import MakeApp, Watch
from tests.platforms.make_emulator.errors import FormError, MakeError
from tests.platforms.make_emulator.evaluate import render
from tests.platforms.vendor_stub import Call, Stub
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


def sent(stub: Stub, module: str, **inputs: Any) -> Call:
    connected(stub).run(module, inputs)
    return stub.calls[-1]


def test_the_server_variable_makes_the_address() -> None:
    app = MakeApp(emit(featured(), EmitOptions()).files)
    app.connect({"apiKey": "k", "region": "us"})
    assert render(app.base["baseUrl"], {"connection": app.connection}) == "https://us.example.com/v2"


# --- bodies


def test_a_form(stub: Stub) -> None:
    call = sent(stub, "sendForm", title="ä&b", tags=["x", "y"])
    assert call.body == b"title=%C3%A4%26b&tags=x&tags=y"
    assert call.headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_multipart_body(stub: Stub) -> None:
    call = sent(stub, "sendFiles", title="T", file={"fileName": "a b.png", "data": b"\x89PNG"}, meta={"a": "1"})
    assert b'name="file"; filename="a b.png"' in call.body and b"\x89PNG" in call.body
    assert (
        b'name="meta"\r\nContent-Type: application/json\r\n\r\n{"a":"1"}' in call.body
        and b'name="title"\r\n\r\nT' in call.body
    )


def test_bytes_and_texts(stub: Stub) -> None:
    call = sent(stub, "sendBytes", content={"fileName": "x", "data": b"\x00\x01"})
    assert (call.method, call.body, call.headers["content-type"]) == ("PUT", b"\x00\x01", "application/octet-stream")
    call = sent(stub, "sendText", words="plain {{connection.apiKey}}")
    assert (call.body, call.headers["content-type"]) == (b"plain {{connection.apiKey}}", "text/plain")


def test_nested_bodies(stub: Stub) -> None:
    call = sent(
        stub, "sendNested", frame={"mode": "wide", "ratio": "2:1"}, day="2026-03-04", at="2026-03-04T05:06:07Z",
        pairs=[{"key": "n", "value": 1}], any='{"deep": [1, null]}', picture={"fileName": "p", "data": b"\xff"},
    )  # fmt: skip
    assert call.json == {
        "frame": {"mode": "wide", "shape": {"ratio": "2:1"}}, "day": "2026-03-04", "at": "2026-03-04T05:06:07.000+00:00",
        "pairs": {"n": 1}, "any": {"deep": [1, None]}, "picture": base64.b64encode(b"\xff").decode(),
    }  # fmt: skip
    assert sent(stub, "sendNested", frame={"mode": "tall"}).json == {"frame": {"mode": "tall", "shape": {}}}
    assert sent(stub, "sendNested").json == {}
    with pytest.raises(FormError, match="does not show ratio"):
        sent(stub, "sendNested", frame={"mode": "tall", "ratio": "1"})


def _deep(location: str) -> Service:
    """An object in an object in an object; none of their inputs is named as the service names it."""
    inner = Field(name="in.ner", pointer="/in.ner", type="object", fields=(Field(name="a.b", pointer="/a.b"),))
    middle = Field(name="mid.dle", pointer="/mid.dle", type="object", fields=(inner, Field(name="c.d", pointer="/c.d")))
    deep = location == "query"
    outer = Field(
        name="outer", location="query" if deep else "body", pointer="outer" if deep else "/outer", type="object",
        fields=(middle, Field(name="e.f", pointer="/e.f")), style="deepObject" if deep else "",
    )  # fmt: skip
    own = Operation(
        operation_id="sendDeep", resource="Thing", name="Send Deep", method="POST", path="/deep", fields=(outer,),
        media_type="" if deep else "application/json",
    )  # fmt: skip
    return replace(featured(), operations=(own,), triggers=())


def test_objects_in_objects_in_objects(stub: Stub) -> None:
    app = connected(stub, _deep("body"))
    given = {"outer": {"mid_dle": {"in_ner": {"a_b": "1"}, "c_d": "2"}, "e_f": "3"}}
    app.run("sendDeep", given)
    assert stub.calls[-1].json == {"outer": {"mid.dle": {"in.ner": {"a.b": "1"}, "c.d": "2"}, "e.f": "3"}}
    app.run("sendDeep", {"outer": {"mid_dle": {"c_d": "2"}}})
    assert stub.calls[-1].json == {"outer": {"mid.dle": {"c.d": "2"}}}
    app.run("sendDeep", {})
    assert stub.calls[-1].json == {}


def test_an_object_in_the_query_whose_inputs_have_other_names(stub: Stub) -> None:
    app = connected(stub, _deep("query"))
    app.run("sendDeep", {"outer": {"e_f": "3", "mid_dle": {"c_d": "2"}}})
    query = dict(parse_qsl(stub.calls[-1].target.partition("?")[2]))
    assert {key: query[key] for key in query if key != "api_key"} == {"outer[e.f]": "3", "outer[mid.dle][c.d]": "2"}


def test_paths_queries_headers_cookies(stub: Stub) -> None:
    call = sent(
        stub, "getThing", id="a/b?c#d", many=["1", "2"], few=["1", "2"], piped=["1", "2"], deep={"min": 3}, X_Trace="t",
        session="s;x",
    )  # fmt: skip
    path, _, query = call.target.partition("?")
    assert path == "/things/a%2Fb%3Fc%23d"
    assert query == "few=1,2&piped=1%7C2&api_key=k3y&many=1&many=2&deep%5Bmin%5D=3"
    assert (call.headers["x-trace"], call.headers["cookie"]) == ("t", "session=s%3Bx")
    bare = sent(stub, "getThing", id="x")
    with pytest.raises(FormError):
        sent(stub, "getThing", id="a/../b")
    assert bare.target == "/things/x?api_key=k3y" and "x-trace" not in bare.headers


def test_a_reply_without_a_body(stub: Stub) -> None:
    stub.answer(b"", status=204)
    result = connected(stub).run("unsubscribe", {"hook_id": "h"})
    assert result["success"] is True and "raw" not in result


# --- choices from the service


def test_dynamic_options(stub: Stub) -> None:
    app = connected(stub)
    stub.answer([{"id": "1", "name": "One"}, {"id": "2"}], [{"id": "1", "name": "One"}])
    assert app.ask("optionsListBare") == [{"label": "One", "value": "1"}, {"label": "2", "value": "2"}]
    app.run("useChoice", {"thing": "1"})
    assert stub.calls[-1].json == {"thing": "1"}


# --- lists


def pages(stub: Stub, module: str, *answers: Any, limit: int = 100, headers: dict[str, str] | None = None) -> list[Any]:
    app = connected(stub)
    stub.answer(*answers[:1], headers=headers)
    stub.answer(*answers[1:])
    return list(app.run(module, {"limit": limit}))


ROWS = [{"id": "1"}, {"id": "2"}]


def test_pages_counted_from_zero(stub: Stub) -> None:
    assert len(pages(stub, "listPaged", {"rows": ROWS}, {"rows": ROWS[:1]}, {"rows": ROWS}, {"rows": []})) == 5
    told = ("", "&page=1", "&page=2", "&page=3")
    assert [c.target for c in stub.calls] == [f"/paged?api_key=k3y&size=2{page}" for page in told]


def test_offsets(stub: Stub) -> None:
    assert len(pages(stub, "listOffset", {"rows": ROWS}, {"rows": ROWS[:1]}, {"rows": []})) == 3
    assert [c.target for c in stub.calls] == [f"/offset?api_key=k3y&size=2{p}" for p in ("", "&skip=2", "&skip=3")]


def test_links_in_headers_and_bodies(stub: Stub) -> None:
    link = {"Link": f'<{stub.url}/linked?p=9>; rel="last", <{stub.url}/linked?p=2>; rel="next"'}
    assert len(pages(stub, "listLinked", {"rows": ROWS}, {"rows": ROWS}, headers=link)) == 4
    assert [c.target for c in stub.calls] == ["/linked?api_key=k3y", "/linked?p=2&api_key=k3y"]
    assert len(pages(stub, "listNext", {"rows": ROWS, "next": f"{stub.url}/next?p=2"}, {"rows": ROWS})) == 4


@pytest.mark.parametrize(
    "evil", ["http://127.0.0.2:9/steal", "{base}.evil.example.com/x", "//evil.example.com", "{base}@evil"]
)
def test_links_that_lead_elsewhere_are_not_followed(stub: Stub, evil: str) -> None:
    """The key goes to the base URL's origin only; that the list is not whole is no secret."""
    address = evil.replace("{base}", stub.url)
    with pytest.raises(MakeError, match="another server"):
        pages(stub, "listNext", {"rows": ROWS, "next": address})
    with pytest.raises(MakeError, match="another server"):
        pages(stub, "listLinked", {"rows": ROWS}, headers={"Link": f'<{address}>; rel="next"'})
    assert len(stub.calls) == 1


def test_bare_lists(stub: Stub) -> None:
    assert pages(stub, "listBare", ROWS, limit=1) == ROWS[:1]


def test_a_trigger_waits_for_what_finishes_late(stub: Stub) -> None:
    """Make goes by the time of creation: what finishes after a younger one must not be passed over."""
    app = connected(stub, service("tengrai"), host="x.example.com")
    today = datetime.now(UTC)

    def artwork(name: str, minutes: int, status: str) -> dict[str, str]:
        return {"id": name, "createdAt": (today - timedelta(minutes=minutes)).isoformat(), "status": status}

    watch = Watch()
    old, young = artwork("old", 60, "processing"), artwork("young", 30, "succeeded")
    oldest, stuck = artwork("oldest", 90, "succeeded"), artwork("stuck", 3000, "starting")
    polls = [
        ([young, old, oldest], ["oldest"]),
        ([young, old], []),
        ([young, {**old, "status": "succeeded"}], ["old", "young"]),
    ]
    for listed, expected in polls:
        stub.answer(listed)
        stub.answer([])
        assert [each["id"] for each in app.poll("watchListArtworks", watch, {"limit": 10})] == expected
    newest = artwork("newest", 1, "succeeded")
    stub.answer([newest, stuck])
    stub.answer([])
    assert app.poll("watchListArtworks", watch, {"limit": 10}) == [newest]  # stuck for a day: nothing waits for it


# --- webhooks


def test_a_webhook_attaches_receives_and_detaches(stub: Stub) -> None:
    app = connected(stub)
    assert app.modules["watchThingMade"]["webhook"] == "thingMade"
    stub.answer({"id": "hook/1"})
    hook = app.attach("thingMade", "https://hook.example.com/abc", {"note": "n", "kind": "a"})
    assert stub.calls[-1].json == {"url": "https://hook.example.com/abc", "note": "n", "kind": "a"}
    assert hook["externalHookId"] == "hook/1"
    assert app.receive("thingMade", {"id": "t1", "kind": "made"}) == [{"id": "t1", "kind": "made"}]
    assert app.receive("thingMade", {"id": "t1", "kind": "lost"}) == []
    app.detach("thingMade", hook)
    assert (stub.calls[-1].method, stub.calls[-1].target) == ("DELETE", "/hooks/hook%2F1?api_key=k3y")


def test_a_webhook_registered_by_hand(stub: Stub) -> None:
    app = connected(stub)
    hook = app.attach("Ping", "https://hook.example.com/abc")
    app.detach("Ping", hook)
    assert stub.calls == [] and app.receive("Ping", {"id": 1}) == [{"id": 1}]


# --- jobs


def test_a_job(stub: Stub) -> None:
    app = connected(stub)
    stub.answer(
        {"id": "w/1"},
        {"id": "w/1", "state": "odd"},
        {"id": "w/1", "state": "done", "files": [{"path": "/f/1.png"}, {}]},
    )
    result = app.run("startWork", {"prompt": "p"})
    assert [c.target.partition("?")[0] for c in stub.calls] == ["/works", "/works/w%2F1", "/works/w%2F1"]
    assert stub.slept == [2.0] and result["image_url"] == f"{stub.url}/f/1.png"
    assert "items" not in result and result["id"] == "w/1"


@pytest.mark.parametrize(
    ("reply", "words"),
    [({"state": "broken", "reason": "no luck"}, "no luck"), ({"state": "stopped"}, "ended as stopped")],
)
def test_a_job_that_ends_badly(stub: Stub, reply: dict[str, str], words: str) -> None:
    app = connected(stub)
    stub.answer({"id": "1"}, reply)
    with pytest.raises(MakeError, match=words) as caught:
        app.run("startWork", {"prompt": "p"})
    assert caught.value.type == "RuntimeError"

"""What the five services have no use for, and where credentials go: in a real n8n, against emulated services and stubs."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from specloom.connector.emulator import EmulatorServer
from specloom.schemas.expressions import parse
from specloom.schemas.load import load
from specloom.schemas.model import Auth, ConnectionTest, Field, Operation, Output, Server, Service
from tests import SHOWCASE
from tests.platforms.conftest import Servers
from tests.platforms.n8n_nodes import SERVICES, Nodes, steps, workflow, write_package
from tests.platforms.n8n_run import Run
from tests.platforms.vendor_stub import Stub

KEY = "the-key-0123456789"


def many_keys(token_url: str) -> Service:
    """One operation, four ways to prove who is calling."""
    fields = (
        Field(name="file", location="path", pointer="file", required=True),
        Field(name="q", location="query", pointer="q"),
    )
    get = Operation(operation_id="getFile", resource="File", name="Get a File", path="/files/{file}", fields=fields,
                    output=Output(type="file", mapping={"url": parse("$response.body#/url")}))  # fmt: skip
    upload = Operation(operation_id="putFile", resource="File", name="Put a File", path="/files", method="PUT",
                       media_type="application/octet-stream",
                       fields=(Field(name="body", pointer="", type="file", file="binary", required=True),))  # fmt: skip
    query = Operation(operation_id="findFiles", resource="File", name="Find Files", path="/files", method="QUERY",
                      media_type="application/json", fields=(Field(name="kind", pointer="/kind"),))  # fmt: skip
    return Service(
        key="kinds",
        title="Kinds",
        servers=(Server(url="https://{host}"),),
        auth=Auth(id="inQuery", kind="apiKey", location="query", name="api_key"),
        other_auths=(
            Auth(id="inCookie", kind="apiKey", location="cookie", name="sid"),
            Auth(id="inHeader", kind="apiKey", location="header", name="X-Key"),
            Auth(id="login", kind="http", scheme="basic"),
            Auth(id="machine", kind="oauth2", flow="clientCredentials", token_url=token_url),
        ),
        connection=ConnectionTest(operation_id="getFile", inputs={"file": "a"}),
        operations=(get, upload, query),
    )


@pytest.fixture(scope="module")
def authority() -> Iterator[Stub]:
    """Hands out OAuth2 tokens."""
    with Stub() as stub:
        yield stub


@pytest.fixture(scope="module")
def nodes(n8n: Servers, authority: Stub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("n8n")
    services = {
        "showcase": load(SHOWCASE).service,
        "kinds": many_keys(authority.url + "/token"),
        "tuneforge": SERVICES["tuneforge"],
    }
    server = n8n(*(write_package(service, folder / key) for key, service in services.items()))
    emulated = EmulatorServer(services.values(), polls=2, job_seconds=0.2).start()
    yield Nodes(server, emulated, services)
    emulated.stop()


def run(nodes: Nodes, *chain: Mapping[str, Any]) -> Run:
    outcome = nodes.n8n.run(workflow(*chain))
    assert outcome.status == "success", outcome.error
    return outcome


def bytes_node(text: str) -> dict[str, Any]:
    """A step that makes a binary field `data`."""
    code = (
        "return [{json: {}, binary: {data: {data: Buffer.from(" + json.dumps(text) + ").toString('base64'), "
        "mimeType: 'image/png', fileName: 'a \"b\".png'}}}]"
    )
    return {"parameters": {"jsCode": code}, "name": "Bytes", "type": "n8n-nodes-base.code", "typeVersion": 2}


# The showcase: a feature each


SHOWN = [o for _, o in steps({"showcase": load(SHOWCASE).service})]


@pytest.mark.parametrize("operation_id", [o for o in SHOWN if o != "setMask"])
def test_every_operation_of_the_showcase_works(nodes: Nodes, operation_id: str) -> None:
    outcome = run(nodes, nodes.node("showcase", operation_id))
    assert outcome.items()


def test_nested_inputs_arrive_as_the_document_wants_them(nodes: Nodes) -> None:
    inputs = {
        "prompt": "a lighthouse", "source": "words", "count": 2, "strength": 0, "seamless": True, "model": "other-9",
        "style": "oil", "size": {"width": 640}, "tags": ["x", "y z"],
        "layers": [{"text": "a", "opacity": 0.5}, {"text": "b"}], "labels": {"note": "n"}, "extra": {"any": [1, None]},
    }  # fmt: skip
    nodes.emulator.emulator.clear()
    run(nodes, nodes.node("showcase", "makePicture", inputs))
    assert nodes.emulator.emulator.calls("makePicture")[0].body == inputs


def test_a_whole_list_can_come_from_one_expression(nodes: Nodes) -> None:
    code = {"jsCode": "return [{json: {tags: ['a', 'b']}}]"}
    source = {"parameters": code, "name": "Source", "type": "n8n-nodes-base.code", "typeVersion": 2}
    inputs = {"prompt": "x", "source": "words", "tags": "={{ $json.tags }}"}
    nodes.emulator.emulator.clear()
    run(nodes, source, nodes.node("showcase", "makePicture", inputs))
    assert nodes.emulator.emulator.calls("makePicture")[0].body["tags"] == ["a", "b"]


def test_a_file_goes_up_as_multipart(nodes: Nodes) -> None:
    inputs = {"picture_id": "pic 1", "mask": {"binary": "data"}, "feather": 3}
    nodes.emulator.emulator.clear()
    run(nodes, bytes_node("\x89PNG bytes"), nodes.node("showcase", "setMask", inputs))
    (call,) = nodes.emulator.emulator.calls("setMask")
    assert call.inputs["picture_id"] == "pic 1"
    assert b"PNG bytes" in call.raw and b'filename="a %22b%22.png"' in call.raw and b"image/png" in call.raw


def test_a_reply_of_bytes_becomes_a_binary_field(nodes: Nodes) -> None:
    (item,) = run(nodes, nodes.node("showcase", "downloadSheet", binaryProperty="sheet")).items()
    assert item["binary"]["sheet"]["mimeType"] == "application/pdf"
    assert item["json"]["content_type"] == "application/pdf" and "success" not in item["json"]


def test_dropdowns_fill_themselves(nodes: Nodes) -> None:
    kind = {"name": "n8n-nodes-showcase.showcase", "version": 1}
    common = {
        "nodeTypeAndVersion": kind,
        "path": "parameters.x",
        "currentNodeParameters": {"resource": "picture", "operation": "makePicture"},
        "credentials": nodes.credential("showcase"),
    }
    body = {**common, "methodName": "makePicture.style"}
    found = nodes.n8n.api.internal("POST", "/dynamic-node-parameters/options", body)
    assert [(option["name"], option["value"]) for option in found] == [("Ink", "ink"), ("Oil", "oil")] or found
    body = {**common, "methodName": "makePicture.model", "filter": "slow"}
    listed = nodes.n8n.api.internal("POST", "/dynamic-node-parameters/resource-locator-results", body)
    assert listed == {"results": []}
    body = {**common, "methodName": "makePicture.model", "filter": "FINE"}
    listed = nodes.n8n.api.internal("POST", "/dynamic-node-parameters/resource-locator-results", body)
    assert [entry["value"] for entry in listed["results"]] == ["fine-1"]


# Every kind of credential


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as stub:
        yield stub


@pytest.fixture
def elsewhere() -> Iterator[Stub]:
    """A server the credential is not meant for."""
    with Stub() as stub:
        yield stub


CREDENTIALS: dict[str, tuple[str, dict[str, str]]] = {
    "inQuery": ("kindsSpecloomApi", {"apiKey": KEY}),
    "inCookie": ("kindsSpecloomInCookieApi", {"apiKey": KEY}),
    "inHeader": ("kindsSpecloomInHeaderApi", {"apiKey": KEY}),
    "login": ("kindsSpecloomLoginApi", {"username": "ada", "password": KEY}),
}


def kinds_node(
    nodes: Nodes, stub: Stub, choice: str = "inHeader", operation_id: str = "getFile", **more: Any
) -> dict[str, Any]:
    name, data = CREDENTIALS[choice]
    identifier = nodes.n8n.api.create_credential(name, {**data, "baseUrl": stub.url})
    inputs = more.pop("inputs", {"file": "a"})
    node = nodes.node("kinds", operation_id, inputs, authentication=choice, **more)
    return {**node, "credentials": {name: {"id": identifier, "name": "Test"}}}


@pytest.mark.parametrize("choice", CREDENTIALS)
def test_the_credential_is_put_where_the_document_says(nodes: Nodes, stub: Stub, choice: str) -> None:
    stub.answer({"url": "https://cdn.example.com/a.png"})
    run(nodes, kinds_node(nodes, stub, choice, inputs={"file": "a b", "q": "x&y"}))
    (call,) = stub.calls
    headers = {name.lower(): value for name, value in call.headers.items()}
    shown = {
        "inQuery": f"api_key={KEY}" in call.target,
        "inCookie": headers.get("cookie") == f"sid={KEY}",
        "inHeader": headers.get("x-key") == KEY,
        "login": headers.get("authorization") == "Basic " + base64.b64encode(f"ada:{KEY}".encode()).decode(),
    }
    assert [name for name, found in shown.items() if found] == [choice]
    assert call.target.startswith("/files/a%20b?q=x%26y")


def oauth2_node(nodes: Nodes, stub: Stub) -> dict[str, Any]:
    data = {"clientId": "me", "clientSecret": "s", "baseUrl": stub.url}
    identifier = nodes.n8n.api.create_credential("kindsSpecloomOAuth2Api", data)
    node = nodes.node("kinds", "getFile", {"file": "a"}, authentication="machine")
    return {**node, "credentials": {"kindsSpecloomOAuth2Api": {"id": identifier, "name": "Test"}}}


def token(text: str) -> dict[str, Any]:
    return {"access_token": text, "token_type": "Bearer", "expires_in": 3600}


def test_oauth2_tokens_are_fetched_and_renewed(nodes: Nodes, authority: Stub, stub: Stub) -> None:
    node = oauth2_node(nodes, stub)
    authority.answer(token("first"), token("second"))
    stub.answer({"url": "https://cdn.example.com/1"})
    run(nodes, node)
    assert stub.calls[-1].headers["authorization"] == "Bearer first"
    stub.answer({"error": "expired"}, status=401)
    stub.answer({"url": "https://cdn.example.com/2"})
    run(nodes, node)
    assert [call.headers["authorization"] for call in stub.calls[1:]] == ["Bearer first", "Bearer second"]


def test_a_refused_oauth2_token_is_told(nodes: Nodes, authority: Stub, stub: Stub) -> None:
    authority.answer(token("first"), token("second"))
    stub.answer({"message": "no such account"}, {"message": "no such account"}, status=401)
    outcome = nodes.n8n.run(workflow(oauth2_node(nodes, stub)))
    assert outcome.error is not None
    assert outcome.error["message"] == "no such account" and outcome.error["httpCode"] == "401"


def test_a_file_goes_up_as_the_body(nodes: Nodes, stub: Stub) -> None:
    node = kinds_node(nodes, stub, operation_id="putFile", inputs={"body": {"binary": "data"}})
    run(nodes, bytes_node("raw bytes"), node)
    (call,) = stub.calls
    assert call.body == b"raw bytes" and call.headers["content-type"] == "image/png"


def test_a_query_is_sent_with_its_body(nodes: Nodes, stub: Stub) -> None:
    run(nodes, kinds_node(nodes, stub, operation_id="findFiles", inputs={"kind": "pdf"}))
    assert [(call.method, call.target, call.json) for call in stub.calls] == [("QUERY", "/files", {"kind": "pdf"})]


# Where the credential goes


def test_the_credential_does_not_go_to_the_server_of_a_result(nodes: Nodes, stub: Stub, elsewhere: Stub) -> None:
    stub.answer({"url": f"{elsewhere.url}/a.png"})
    elsewhere.answer(b"png")
    (item,) = run(nodes, kinds_node(nodes, stub, downloadResult=True)).items()
    assert item["binary"]["data"]["fileName"] == "a.png"
    assert KEY not in json.dumps([(c.target, c.headers) for c in elsewhere.calls])


@pytest.mark.parametrize("choice", CREDENTIALS)
def test_the_credential_does_not_go_along_a_redirect(nodes: Nodes, stub: Stub, elsewhere: Stub, choice: str) -> None:
    stub.answer({"url": f"{stub.url}/own.png"})
    stub.answer(b"", status=302, headers={"Location": f"{elsewhere.url}/signed.png?sig=1"})
    elsewhere.answer(b"png")
    (item,) = run(nodes, kinds_node(nodes, stub, choice, downloadResult=True)).items()
    assert item["binary"]["data"]["fileName"] == "signed.png"
    (call,) = elsewhere.calls
    secret = base64.b64encode(f"ada:{KEY}".encode()).decode()
    assert KEY not in json.dumps([call.target, call.headers]) and secret not in json.dumps(call.headers)
    assert call.target == "/signed.png?sig=1"


def test_what_was_sent_to_one_server_is_not_handed_to_another(nodes: Nodes, stub: Stub, elsewhere: Stub) -> None:
    stub.answer(b"", status=307, headers={"Location": f"{elsewhere.url}/steal"})
    node = kinds_node(nodes, stub, operation_id="putFile", inputs={"body": {"binary": "data"}})
    outcome = nodes.n8n.run(workflow(bytes_node("private"), node))
    assert outcome.status == "error" and elsewhere.calls == []


def test_the_credential_test_follows_no_redirect(nodes: Nodes, stub: Stub, elsewhere: Stub) -> None:
    for choice in CREDENTIALS:
        name, data = CREDENTIALS[choice]
        stub.answer(b"", status=302, headers={"Location": f"{elsewhere.url}/steal"})
        identifier = nodes.n8n.api.create_credential(name, {**data, "baseUrl": stub.url})
        assert nodes.n8n.api.test_credential(identifier)["status"] == "Error"
    assert elsewhere.calls == []


def test_the_credential_does_not_go_where_an_input_file_is(nodes: Nodes, stub: Stub, elsewhere: Stub) -> None:
    elsewhere.answer(b"from afar")
    run(nodes, kinds_node(nodes, stub, operation_id="putFile", inputs={"body": f"{elsewhere.url}/in.png"}))
    assert stub.calls[0].body == b"from afar"
    assert KEY not in json.dumps(elsewhere.calls[0].headers)


# Through a gateway


def gateway_result(status: str, **more: Any) -> dict[str, Any]:
    return {
        "success": True,
        "status": status,
        "type": "audio",
        "items": [],
        "id": "req_1",
        "raw": {"status": status},
        **more,
    }


def gateway_node(nodes: Nodes, stub: Stub, **more: Any) -> dict[str, Any]:
    node = nodes.node("tuneforge", "generateMusic", {"prompt": "rain", "genre": "lo-fi"}, **more)
    credential = nodes.credential("tuneforge", gatewayUrl=stub.url + "/gw/", gatewayApiKey="slk_gateway")
    return {**node, "credentials": credential}


def test_slow_steps_run_through_the_gateway_of_the_credential(nodes: Nodes, stub: Stub) -> None:
    stub.answer(gateway_result("running"), status=202, headers={"Location": "/jobs/j1"})
    done = {
        "items": [{"type": "audio", "url": "https://cdn.example.com/1.wav"}],
        "audio_url": "https://cdn.example.com/1.wav",
    }
    stub.answer(gateway_result("running"), gateway_result("succeeded", **done))
    (item,) = run(nodes, gateway_node(nodes, stub)).json()
    assert item["audio_url"] == "https://cdn.example.com/1.wav"
    first, *polls = stub.calls
    assert (first.method, first.target) == ("POST", "/gw/run/tuneforge/generateMusic")
    assert first.json == {"prompt": "rain", "genre": "lo-fi"}
    assert first.headers["x-specloom-key"] == "slk_gateway" and first.headers["prefer"] == "wait=25"
    assert first.headers["authorization"] == f"Bearer {nodes.emulator.key('tuneforge')}"
    assert [(p.method, p.target) for p in polls] == [("GET", "/gw/jobs/j1")] * 2


def test_a_step_that_does_not_wait_asks_the_gateway_for_the_id(nodes: Nodes, stub: Stub) -> None:
    stub.answer(gateway_result("queued"), status=202, headers={"Location": "/jobs/j1"})
    (item,) = run(nodes, gateway_node(nodes, stub, waitForCompletion=False)).json()
    assert item["status"] == "queued" and stub.calls[0].headers["prefer"] == "respond-async"


def test_the_gateways_failures_are_told(nodes: Nodes, stub: Stub) -> None:
    error = {
        "type": "insufficient_credits",
        "message": "You need 5 credits",
        "status": 402,
        "retryable": False,
        "retry_after": None,
    }
    stub.answer({**gateway_result("failed"), "success": False, "error": error}, status=402)
    outcome = nodes.n8n.run(workflow(gateway_node(nodes, stub)))
    assert outcome.error is not None
    assert outcome.error["message"] == "You need 5 credits" and "too few credits" in outcome.error["description"]


def test_the_gateway_can_be_passed_by(nodes: Nodes, stub: Stub) -> None:
    node = gateway_node(nodes, stub, options={"gateway": "never", "interval": 0.05})
    run(nodes, node)
    assert stub.calls == []

"""What the five services do not have: other credentials, other pages, forms, hooks, records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from specloom.connector.emulator import EmulatorServer
from tests.support.emulated import Receiver

DOCUMENT = """\
x-specloom: {key: shop, errors: {message: $response.body#/error/message}}
servers: [{url: "https://{region}.shop.example/api/{version}", variables: {region: {default: eu}, version: {default: v2}}}]
security: [{basic: []}]
components:
  securitySchemes:
    basic: {type: http, scheme: basic}
  schemas:
    Order:
      type: object
      required: [id, name]
      properties:
        id: {type: string}
        name: {type: string}
        created_at: {type: string, format: date-time}
paths:
  /orders:
    get:
      operationId: listOrders
      tags: [Order]
      parameters:
        - {name: cursor, in: query, schema: {type: string}}
        - {name: page_size, in: query, schema: {type: integer, default: 10, maximum: 50}}
        - {name: tag, in: query, schema: {type: array, items: {type: string}}}
      x-specloom:
        pagination: {style: cursor, parameter: cursor, size_parameter: page_size, items: $response.body#/data, next: $response.body#/next_cursor}
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: {type: object, properties: {data: {type: array, items: {$ref: "#/components/schemas/Order"}}, next_cursor: {type: string}}}
              example: {data: [{id: ord_1001, name: Lamp, created_at: "2026-01-01T00:00:00Z"}], next_cursor: cur_x}
    post:
      operationId: createOrder
      tags: [Order]
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [name], properties: {name: {type: string}, note: {type: string}}}}}}
      responses:
        "201":
          description: ok
          content: {application/json: {schema: {$ref: "#/components/schemas/Order"}, example: {id: ord_1001, name: Lamp, created_at: "2026-01-01T00:00:00Z"}}}
        "422":
          description: bad
          content: {application/json: {example: {error: {message: [{msg: wrong, code: 7}]}}}}
  /orders/latest:
    get:
      operationId: latestOrder
      tags: [Order]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}, example: {id: latest, name: Last}}}}}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getOrder
      tags: [Order]
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Order"}, example: {id: ord_1001, name: Lamp}}}}
        "404": {description: gone, content: {application/json: {example: {error: {message: No such order}}}}}
    patch:
      operationId: changeOrder
      tags: [Order]
      requestBody: {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Order"}, example: {id: ord_1001, name: Lamp}}}}}
    delete:
      operationId: deleteOrder
      tags: [Order]
      responses: {"204": {description: gone}}
  /search:
    query:
      operationId: searchOrders
      tags: [Order]
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [name], properties: {name: {type: string}}}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}, example: {found: 1}}}}}
  /feed:
    get:
      operationId: listFeed
      tags: [Feed]
      x-specloom:
        pagination: {style: link, items: $response.body#}
      responses:
        "200": {description: ok, content: {application/json: {schema: {type: array, items: {type: object, properties: {id: {type: integer}}}}, example: [{id: 7}]}}}
  /echo/{a}-{b}/{rest}:
    get:
      operationId: echo
      tags: [Feed]
      parameters:
        - {name: a, in: path, required: true, schema: {type: string}}
        - {name: b, in: path, required: true, schema: {type: string}}
        - {name: rest, in: path, required: true, schema: {type: string}}
        - {name: filter, in: query, style: deepObject, schema: {type: object, properties: {color: {type: string}}}}
        - {name: ids, in: query, explode: false, schema: {type: array, items: {type: integer}}}
        - {name: X-Trace, in: header, required: true, schema: {type: string, maxLength: 5}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}, example: {a: "?", b: "?", rest: "?"}}}}}
  /upload:
    post:
      operationId: upload
      tags: [Feed]
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file, count]
              properties: {file: {type: string, format: binary}, count: {type: integer, maximum: 3}, tags: {type: array, items: {type: string}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}, example: {count: 0}}}}}
  /form:
    post:
      operationId: form
      tags: [Feed]
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded:
            schema: {type: object, required: [amount], properties: {amount: {type: integer}, meta: {type: object, properties: {city: {type: string}}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}, example: {amount: 0}}}}}
  /open:
    get:
      operationId: open
      tags: [Feed]
      security: []
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}, example: {ok: true}}}}}
  /hooks:
    post:
      operationId: subscribe
      tags: [Hook]
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [target_url], properties: {target_url: {type: string, format: uri}}}}}}
      callbacks:
        orderCreated:
          "{$request.body#/target_url}":
            post:
              summary: New Order
              requestBody:
                content:
                  application/json:
                    schema: {$ref: "#/components/schemas/Order"}
                    example: {id: ord_1001, name: Lamp, created_at: "2026-01-01T00:00:00Z"}
              responses: {"200": {description: ok}}
      responses:
        "201":
          description: ok
          content: {application/json: {schema: {type: object, properties: {id: {type: string}}}, example: {id: hook_1}}}
          links: {unsubscribe: {operationId: unsubscribe, parameters: {id: $response.body#/id}}}
  /hooks/{id}:
    delete:
      operationId: unsubscribe
      tags: [Hook]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"204": {description: gone}}
"""
HEAD = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\n"
GOOD = ("ada", "secret")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorServer]:
    path = tmp_path_factory.mktemp("shop") / "shop.yaml"
    path.write_text(HEAD + DOCUMENT, "utf-8")
    server = EmulatorServer([path], callback_delays=(0.05, 0.05)).start()
    yield server
    server.stop()


def ask(server: EmulatorServer, method: str, path: str, auth: Any = GOOD, **more: Any) -> requests.Response:
    return requests.request(method, server.base_url("shop") + path, auth=auth, timeout=5, **more)


def test_the_servers_path_is_part_of_the_mount(shop: EmulatorServer) -> None:
    assert shop.base_url("shop") == f"{shop.url}/shop/api/v2"


def test_basic_credentials(shop: EmulatorServer) -> None:
    assert ask(shop, "GET", "/orders/latest").status_code == 200
    assert ask(shop, "GET", "/orders/latest", ("ada", "invalid")).status_code == 401
    assert ask(shop, "GET", "/orders/latest", ("ada", "error_402")).status_code == 402
    assert ask(shop, "GET", "/orders/latest", None).status_code == 401
    assert ask(shop, "GET", "/orders/latest", None, headers={"Authorization": "Basic %%%"}).status_code == 401
    assert ask(shop, "GET", "/open", None).status_code == 200


def test_literal_segments_come_before_templates(shop: EmulatorServer) -> None:
    assert ask(shop, "GET", "/orders/latest").json()["name"] == "Last"


def test_a_query_has_a_body(shop: EmulatorServer) -> None:
    shop.emulator.clear()
    assert ask(shop, "QUERY", "/search", json={"name": "Lamp"}).json()["found"] == 1
    assert [(call.method, call.inputs) for call in shop.emulator.calls("searchOrders")] == [("QUERY", {"name": "Lamp"})]
    assert ask(shop, "QUERY", "/search", json={}).status_code == 400
    assert ask(shop, "POST", "/search", json={"name": "Lamp"}).headers["Allow"] == "QUERY"


def test_pages_by_cursor(shop: EmulatorServer) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"page_size": "20", **({"cursor": cursor} if cursor else {})}
        page = ask(shop, "GET", "/orders", params=params, auth=("pager", "x")).json()
        seen += [order["id"] for order in page["data"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 45


def test_pages_by_link(shop: EmulatorServer) -> None:
    url: str | None = shop.base_url("shop") + "/feed"
    seen: list[int] = []
    while url:
        reply = requests.get(url, auth=GOOD, timeout=5)
        seen += [entry["id"] for entry in reply.json()]
        url = reply.links.get("next", {}).get("url")
    assert len(seen) == len(set(seen)) == 45


def test_records_are_created_changed_and_deleted(shop: EmulatorServer) -> None:
    made = ask(shop, "POST", "/orders", json={"name": "Chair"}).json()
    assert made["name"] == "Chair" and made["id"].startswith("ord_") and made["id"] != "ord_1001"
    path = f"/orders/{made['id']}"
    assert ask(shop, "GET", path).json() == made
    assert ask(shop, "GET", "/orders?page_size=1").json()["data"] == [made]
    assert ask(shop, "PATCH", path, json={"name": "Table"}).json()["name"] == "Table"
    assert ask(shop, "GET", path).json()["name"] == "Table"
    assert ask(shop, "GET", path, ("bob", "x")).status_code == 404
    assert ask(shop, "DELETE", path).status_code == 204
    gone = ask(shop, "GET", path)
    assert (gone.status_code, gone.json()) == (404, {"error": {"message": "No such order"}})
    old = ask(shop, "GET", "/orders?page_size=2").json()["data"][1]
    assert ask(shop, "GET", f"/orders/{old['id']}").json()["id"] == old["id"]


def test_a_list_of_errors_stays_one(shop: EmulatorServer) -> None:
    reply = ask(shop, "POST", "/orders", json={"note": 5})
    assert reply.status_code == 422
    assert {entry["msg"] for entry in reply.json()["error"]["message"]} == {"name is required", "note must be a string"}
    assert {entry["code"] for entry in reply.json()["error"]["message"]} == {7}


def test_parameters_in_odd_places(shop: EmulatorServer) -> None:
    path = "/echo/x%2Fy-b-c/%C3%BC%20%3F%25?filter[color]=red&ids=1,2"
    good = ask(shop, "GET", path, headers={"X-Trace": "abc"})
    assert good.json() == {"a": "x/y", "b": "b-c", "rest": "ü ?%"}
    call = shop.emulator.calls("echo")[-1]
    assert call.inputs["filter"] == {"color": "red"} and call.inputs["ids"] == [1, 2]
    assert call.inputs["X-Trace"] == "abc"
    assert ask(shop, "GET", path).json()["error"]["message"] == [{"msg": "X-Trace is required", "code": 7}]
    assert ask(shop, "GET", path, headers={"X-Trace": "abcdef"}).status_code == 400
    assert ask(shop, "GET", path.replace("1,2", "1,x"), headers={"X-Trace": "a"}).status_code == 400


def test_forms(shop: EmulatorServer) -> None:
    files = {"file": ("a.png", b"\x89PNG", "image/png")}
    good = ask(shop, "POST", "/upload", files=files, data={"count": "2", "tags": ["a", "b"]})
    assert good.json() == {"count": 2}
    assert shop.emulator.calls("upload")[-1].body == {"count": 2, "tags": ["a", "b"], "file": "a.png"}
    assert ask(shop, "POST", "/upload", files=files, data={"count": "4"}).status_code == 400
    assert ask(shop, "POST", "/upload", files=files, data={"count": "many"}).status_code == 400
    assert ask(shop, "POST", "/upload", data={"count": "2"}).status_code == 400
    plain = ask(shop, "POST", "/form", data={"amount": "5", "meta[city]": "Ulm"})
    assert plain.json() == {"amount": 5}
    assert shop.emulator.calls("form")[-1].body == {"amount": 5, "meta": {"city": "Ulm"}}
    assert ask(shop, "POST", "/form", json={"amount": 5}).status_code == 400


def test_a_kept_connection_survives_ignored_bodies(shop: EmulatorServer) -> None:
    with requests.Session() as session:
        for _ in range(3):
            lost = session.post(shop.url + "/unheard-of", data=b"x" * 100_000, timeout=5)
            assert lost.status_code == 404
            assert session.get(shop.url, timeout=5).status_code == 200


@pytest.fixture
def receiver() -> Iterator[Callable[..., Receiver]]:
    made: list[Receiver] = []

    def make(*statuses: int) -> Receiver:
        made.append(Receiver(*statuses))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def test_hooks_hear_of_what_is_made(shop: EmulatorServer, receiver: Callable[..., Receiver]) -> None:
    heard = receiver()
    hook = ask(shop, "POST", "/hooks", ("hooked", "x"), json={"target_url": heard.url}).json()
    ask(shop, "POST", "/orders", ("hooked", "x"), json={"name": "Chair"})
    assert heard.arrived.acquire(timeout=5)
    assert json.loads(heard.posts[0][1])["name"] == "Lamp"
    ask(shop, "POST", "/orders", ("somebody else", "x"), json={"name": "Chair"})
    event = shop.emulator.vendors["shop"].service.triggers[0].event
    assert shop.emulator.fire("shop", event, {"id": "ord_5"}) == 1
    assert heard.arrived.acquire(timeout=5)
    assert json.loads(heard.posts[1][1]) == {"id": "ord_5"}
    assert ask(shop, "DELETE", f"/hooks/{hook['id']}", ("hooked", "x")).status_code == 204
    assert shop.emulator.fire("shop", event) == 0
    assert len(heard.posts) == 2

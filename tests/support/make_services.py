"""Services the tests of the Make app are run on: the bundled ones, the showcase, and one made by hand for the rest."""

from __future__ import annotations

from functools import cache

from specloom.generator.make.components.names import words
from specloom.schemas.expressions import parse
from specloom.schemas.load import bundled, load
from specloom.schemas.model import (
    Auth,
    Choice,
    Condition,
    Field,
    Job,
    Link,
    Operation,
    Options,
    Output,
    Pagination,
    Resource,
    Server,
    ServerVariable,
    Service,
    Signature,
    Trigger,
)
from tests import SHOWCASE

KEYS = [*bundled(), "showcase"]


@cache
def service(key: str) -> Service:
    return load(SHOWCASE if key == "showcase" else bundled()[key]).service


def _operation(operation_id: str, method: str, path: str, *fields: Field, **more: object) -> Operation:
    more.setdefault("output", Output())
    return Operation(
        operation_id=operation_id, resource="Thing", name=words(operation_id), method=method, path=path, fields=fields,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _body(name: str, **more: object) -> Field:
    return Field(name=name, pointer=f"/{name}", **more)  # type: ignore[arg-type]


def _query(name: str, **more: object) -> Field:
    more.setdefault("style", "form")
    return Field(name=name, location="query", pointer=name, **more)  # type: ignore[arg-type]


def _path(name: str, **more: object) -> Field:
    return Field(name=name, location="path", pointer=name, required=True, **more)  # type: ignore[arg-type]


def _hooks() -> tuple[Operation, ...]:
    subscribe = _operation(
        "subscribe", "POST", "/hooks", _body("url", format="uri", required=True), _body("note"),
        _body("kind", choices=(Choice(value="a", label="A"),)), media_type="application/json",
    )  # fmt: skip
    return subscribe, _operation("unsubscribe", "DELETE", "/hooks/{hook_id}", _path("hook_id"))


def _lists() -> tuple[Operation, ...]:
    item = (_body("id"), _body("name"), _body("created", format="date-time"))
    rows = Output(fields=(_body("rows", type="object", repeated=True, fields=item),))
    items = parse("$response.body#/rows")
    paged = Pagination(style="page", items=items, parameter="page", size_parameter="size")
    offset = Pagination(style="offset", items=items, parameter="skip", size_parameter="size")
    linked = Pagination(style="link", items=items)
    next_link = Pagination(style="link", items=items, next=parse("$response.body#/next"))
    size = _query("size", type="integer", maximum=2)
    return (
        _operation(
            "listPaged", "GET", "/paged", _query("page", type="integer", minimum=0), size, output=rows, pagination=paged
        ),
        _operation(
            "listOffset", "GET", "/offset", _query("skip", type="integer"), size, output=rows, pagination=offset
        ),
        _operation("listLinked", "GET", "/linked", output=rows, pagination=linked),
        _operation("listNext", "GET", "/next", output=rows, pagination=next_link),
        _operation("listBare", "GET", "/bare", output=Output(fields=item, repeated=True)),
    )


def _uploads() -> tuple[Operation, ...]:
    nested = _body("frame", type="object", fields=(
        _body("mode", choices=(Choice(value="wide", label="Wide"), Choice(value="tall", label="Tall"))),
        Field(name="ratio", pointer="/shape/ratio", when=(Condition(field="mode", values=("wide",)),)),
    ))  # fmt: skip
    return (
        _operation("sendForm", "POST", "/form", _body("title"), _body("tags", repeated=True), media_type="application/x-www-form-urlencoded"),
        _operation("sendFiles", "POST", "/files", _body("title"), _body("file", type="file", file="binary", required=True),
                   _body("meta", type="object", fields=(_body("a"),)), media_type="multipart/form-data"),
        _operation("sendBytes", "PUT", "/bytes", Field(name="content", type="file", file="binary", required=True),
                   media_type="application/octet-stream"),
        _operation("sendText", "POST", "/text", Field(name="words", required=True), media_type="text/plain"),
        _operation("sendNested", "POST", "/nested", nested, _body("day", format="date"), _body("at", format="date-time"),
                   _body("pairs", type="object", values=Field(name="v", type="integer")), _body("any", type="any"),
                   _body("picture", type="string", file="base64"), media_type="application/json"),
        _operation("getThing", "GET", "/things/{id}", _path("id"), _query("many", repeated=True, explode=True),
                   _query("few", repeated=True), _query("piped", repeated=True, style="pipeDelimited"),
                   _query("deep", type="object", style="deepObject", explode=True, fields=(_body("min", type="integer"),)),
                   Field(name="X-Trace", location="header", pointer="X-Trace"),
                   Field(name="session", location="cookie", pointer="session")),
    )  # fmt: skip


def _work() -> tuple[Operation, ...]:
    done = Output(type="image", items=parse("$response.body#/files"), mapping={"url": parse("$item#/path"), "id": parse("$response.body#/id")},
                  sample={"id": "w1", "state": "done", "files": [{"path": "/files/1.png"}]})  # fmt: skip
    job = Job(
        poll=Link(name="state", operation_id="getWork", parameters={"work": parse("$response.body#/id")}),
        status=parse("$response.body#/state"), succeeded=("done",), failed=("broken",), canceled=("stopped",),
        queued=("waiting",), error=parse("$response.body#/reason"), interval=2,
    )  # fmt: skip
    poll = Output(type="image", items=done.items, mapping={**done.mapping, "status": job.status}, sample=done.sample)
    return (
        _operation(
            "startWork",
            "POST",
            "/works",
            _body("prompt", required=True),
            media_type="application/json",
            output=done,
            job=job,
        ),
        _operation("getWork", "GET", "/works/{work}", _path("work"), output=poll),
    )


def featured(base: str = "https://{region}.example.com/v2") -> Service:
    """What the bundled documents do not have: webhooks, every paging style, every kind of body, dynamic options."""
    choose = Options(
        operation_id="listBare", items=parse("$response.body#"), value=parse("$item#/id"), label=parse("$item#/name")
    )
    link = Link(name="end", operation_id="unsubscribe", parameters={"hook_id": parse("$response.body#/id")})
    picked = _operation(
        "useChoice", "POST", "/use", _body("thing", options=choose, required=True), media_type="application/json"
    )
    instant = Trigger(
        event="thing.made", name="New Thing", description="Triggers when a thing is made.", delivery="webhook",
        operation_id="subscribe", url_field="url", unsubscribe=link, payload=(_body("id"), _body("kind")),
        samples=({"id": "t1"},), signature=Signature(signature_header="X-Sign"), when={"kind": ("made",)},
    )  # fmt: skip
    by_hand = Trigger(
        event="Ping", name="Ping", description="Triggers when it pings.", delivery="webhook", payload=(_body("id"),)
    )
    return Service(
        key="featured", title="Featured", servers=(Server(url=base, variables=(ServerVariable(name="region", default="eu", choices=("eu", "us")),)),),
        auth=Auth(id="key", kind="apiKey", location="query", name="api_key"),
        resources=(Resource(name="Thing"),),
        operations=(*_hooks(), *_lists(), *_uploads(), *_work(), picked),
        triggers=(instant, by_hand),
    )  # fmt: skip

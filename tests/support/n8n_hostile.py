"""A service every text of which is hostile, and the payloads: for what is written, and for what n8n makes of it."""

from __future__ import annotations

from specloom.schemas.expressions import parse
from specloom.schemas.model import (
    Auth,
    Choice,
    Condition,
    ConnectionTest,
    Field,
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

PAYLOADS = (
    "={{ $env.SECRET }}",
    "=evil",
    '"];globalThis.PWNED=1;["',
    "'];globalThis.PWNED=1;['",
    "`;globalThis.PWNED=1;`${globalThis.PWNED=1}",
    "*/globalThis.PWNED=1;/*",
    "</script><script>globalThis.PWNED=1</script>",
    "../../../etc/passwd",
    "..\\..\\windows",
    "\x00\u2028\u2029\ud800\u202e\ufeff",
    "{{ 7*7 }} << 7*7 >> <% for x in y %>",
    "__proto__",
    "constructor",
    "x" * 100_000,
    "// eslint-disable\n/* global */",
    "text:=1",
    "数据 Ünï 🎨",
)


def hostile_service(text: str) -> Service:
    """Everything a document can say, said in `text`."""
    fields = (
        Field(name=text, location="path", pointer="id", title=text, description=text, required=True, example=text),
        Field(name="q" + text, location="query", pointer=text, title=text, description=text, default=text),
        Field(name="h" + text, location="header", pointer=text, default=text, inferred=text),
        *_body(text),
    )
    operations = (
        _operation(text, "make" + text, fields=fields, output=_output(text)),
        _operation(text, text, method="GET", media_type="", fields=fields[:2], pagination=_pagination(text)),
        _operation(
            text, "drop" + text, method="DELETE", media_type="", fields=fields[:1], sensitive=True, inferred=text
        ),
        _operation("Other " + text, "hook" + text, fields=(Field(name="url" + text, pointer="/url", required=True),)),
    )
    return Service(
        key="hostile",
        title=text,
        description=text,
        version=text,
        contact=text,
        docs_url=text,
        servers=(Server(url="https://{r}.example.com" + text, description=text, variables=(_variable(text),)),),
        auth=Auth(id=text, kind="apiKey", location="header", name="X-Key", value_prefix="Bearer ", key_prefix=text,
                  placeholder=text, description=text),
        other_auths=(Auth(id="2" + text, kind="apiKey", location="cookie", name=text, value_prefix=text),
                     Auth(id="3" + text, kind="oauth2", flow="authorizationCode", authorization_url="https://a" + text, token_url="https://t" + text,
                          scopes=(Choice(value=text, label=text),))),
        connection=ConnectionTest(operation_id="drop" + text, inputs={text: text, "h" + text: text}, body={text: text},
                                  raw_body=True),
        signature=Signature(content=text, signature_header=text, timestamp_header=text, prefix=text),
        resources=(Resource(name=text, description=text),),
        operations=operations,
        triggers=tuple(_triggers(text)),
    )  # fmt: skip


def _operation(tag: str, operation_id: str, **more: object) -> Operation:
    given = {"method": "POST", "path": "/" + tag + "/{id}", "media_type": "application/json", **more}
    return Operation(operation_id=operation_id, resource=tag, name=tag, summary=tag, description=tag, **given)  # type: ignore[arg-type]


def _body(text: str) -> tuple[Field, ...]:
    choices = (Choice(value=text, label=text, description=text), Choice(value="a" + text, label=text))
    expression = parse("$response.body#/x")
    options = Options(operation_id=text, items=expression, value=parse("$item#/v"), label=parse("$item#/l"))
    inner = Field(name=text, pointer="/" + text, title=text, description=text, default=text, example=text)
    return (
        Field(name="closed" + text, pointer="/c" + text, choices=choices, default=text, required=True, description=text),
        Field(name="open" + text, pointer="/o", choices=choices, open=True, default=text, description=text),
        Field(name="many" + text, pointer="/m", choices=choices, repeated=True, default=[text]),
        Field(name="list" + text, pointer="/l", repeated=True, default=[text], example=text),
        Field(name="object" + text, pointer="/ob", type="object", fields=(inner,)),
        Field(name="rows" + text, pointer="/r", type="object", repeated=True, fields=(inner,)),
        Field(name="free" + text, pointer="/f", type="object", values=Field(name="value")),
        Field(name="any" + text, pointer="/any", type="any", default={text: text}),
        Field(name="flag" + text, pointer="/flag", type="boolean", description=text),
        Field(name="file" + text, pointer="/file", file="base64", description=text, required=True),
        Field(name="dynamic" + text, pointer="/d", options=options, description=text),
        Field(name="token" + text, pointer="/token", description=text),
        Field(name="late" + text, pointer="/late", when=(Condition(field="closed" + text, values=(text,)),), required=True),
    )  # fmt: skip


def _output(text: str) -> Output:
    return Output(type="image", mapping={"url": parse("$response.body#/url")}, sample={text: text})


def _pagination(text: str) -> Pagination:
    return Pagination(style="page", items=parse("$response.body#/items"), parameter="q" + text)


def _variable(text: str) -> ServerVariable:
    return ServerVariable(name="r", default=text, choices=(text, "eu"), description=text, inferred=text)


def _triggers(text: str) -> list[Trigger]:
    link = Link(name=text, operation_id="drop" + text, parameters={text: parse("$response.body#/id"), "b": text})
    called = Trigger(
        event="called" + text,
        name=text,
        description=text,
        delivery="webhook",
        operation_id="hook" + text,
        url_field="url" + text,
        unsubscribe=link,
        signature=Signature(signature_header=text),
    )
    watched = Trigger(
        event=text,
        name=text,
        description=text,
        delivery="polling",
        operation_id=text,
        dedupe=text,
        when={text: (text,)},
        order=text,
    )
    return [called, watched]  # fmt: skip

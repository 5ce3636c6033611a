"""Documents that want to be code: every text place holds the same stranger's text, with a mark to look for."""

from __future__ import annotations

import json
from typing import Any

MARK = "PWNED"
"""Must never be met outside a string, a comment or prose."""

TEXTS = {
    "quotes": f"');{MARK}();('\");{MARK}();(\"`);{MARK}();(`",
    "escaped quote": f"\\';{MARK}();//\\\";{MARK}();//",
    "comment": f"*/{MARK}();/* --> <!-- {MARK}",
    "template": f"${{{MARK}()}} `${{{MARK}()}}`",
    "mustache": f"{{{{{MARK}}}}} {{{{ $json.{MARK} }}}} {{{{bundle.authData.{MARK}}}}} {{{{connection.{MARK}}}}}",
    "expression": f"={{{{ {MARK}() }}}}",
    "formula": f"={MARK}",
    "split mustache": f"{{ {{{MARK}}} }} {{{{{{{MARK}}}}}}} {{\u200b{{{MARK}}}}}",
    "script": f"</script><script>{MARK}()</script><img src=x onerror={MARK}()>",
    "markdown": f"[x](javascript:{MARK}()) ![x](http://evil/{MARK})\n```\n# {MARK}",
    "path up": f"../../../../{MARK}",
    "path root": f"/etc/{MARK}",
    "path windows": f"..\\..\\{MARK}:x",
    "nul": f"a\x00{MARK}()\x1b[31m\x7f",
    "bidi": f"\u202e{MARK}()\u2066\u200f",
    "newline": f"a\n{MARK}();\r\n{MARK}();\u2028{MARK}();\u2029//",
    "jinja": f"<% {MARK} %> << {MARK} >> {{% {MARK} %}}",
    "function": f"return {MARK}();",
    "spaces": "   ",
    "wide": f"{MARK} \U0001f9a0 \u540d\u524d \u00e9" + "\u0301" * 50,
    "__proto__": "__proto__",
    "constructor": "constructor",
    "source": "source",
    "$ref": "$ref",
    "toString": "toString",
    "if": "if",
    "con": "con",
}


def document(text: str) -> str:
    """A document with `text` in every place where a document may hold a text."""
    operations = _operations(text)
    body = operations["send"]["requestBody"]
    reply = operations["send"]["responses"]
    event = {"summary": text, "description": text, "requestBody": body, "responses": reply}
    host = {"default": text, "enum": [text], "description": text}
    whole = {
        "openapi": "3.1.0",
        "info": {"title": text, "version": text, "description": text, "contact": {"email": text, "url": text}},
        "externalDocs": {"url": text},
        "servers": [{"url": f"https://{{host}}.example.com/{text}", "description": text, "variables": {"host": host}}],
        "tags": [{"name": text, "description": text}],
        "security": [{text: []}],
        "paths": {
            f"/{text}": {"post": operations["send"]},
            "/x/{id}": {"put": operations["plain"], "patch": operations["form"]},
            "/list": {"get": operations["list"]},
        },
        "webhooks": {text: {"post": event}},
        "components": {
            "securitySchemes": {text: {"type": "apiKey", "in": "header", "name": text, "description": text}}
        },
    }
    return json.dumps(whole)


def _operations(text: str) -> dict[str, Any]:
    schema = _schema(text)
    reply = {"200": {"description": text, "content": {"application/json": {"schema": schema, "example": _value(text)}}}}
    given = {"type": "string", "default": text, "enum": [text, "b"], "example": text, "title": text}
    examples = {text: {"value": _value(text), "summary": text}}
    send = {
        "operationId": text, "tags": [text], "summary": text, "description": text, "responses": reply,
        "parameters": [
            {"name": text, "in": place, "description": text, "schema": given} for place in ("query", "header", "cookie")
        ],
        "requestBody": {"description": text, "content": {"application/json": {"schema": schema, "examples": examples}}},
    }  # fmt: skip
    id_ = {"name": "id", "in": "path", "description": text, "schema": {"type": "string", "example": text}}
    plain = {**send, "operationId": "plainOne", "parameters": [id_]}
    parts = {"multipart/form-data": {"schema": schema, "encoding": {text: {"contentType": text}}}}
    trigger = {"dedupe": "id", "event": text, "description": text}
    return {
        "send": send,
        "plain": plain,
        "form": {**plain, "operationId": "formOne", "requestBody": {"content": parts}},
        "list": {"operationId": "listThem", "tags": [text, "b"], "summary": text, "responses": reply,
                 "x-specloom": {"trigger": trigger}},
    }  # fmt: skip


def _schema(text: str) -> dict[str, Any]:
    value = {
        "type": "string",
        "title": text,
        "description": text,
        "enum": [text, "b"],
        "default": text,
        "example": text,
    }
    inner = {"type": "object", "title": text, "properties": {text: value, "plain": value, "source": value}}
    return {
        "type": "object",
        "title": text,
        "description": text,
        "required": [text],
        "properties": {
            text: value,
            "plain": {**value, "pattern": text},
            "free": {"type": "string", "default": text, "example": {"source": text}, "description": text},
            "nested": inner,
            "listed": {"type": "array", "items": inner, "default": [_value(text)]},
            "map": {"type": "object", "additionalProperties": value, "example": _value(text)},
            "any": {"description": text, "default": _value(text), "example": _value(text)},
            "source": {"type": "string", "default": f"return {text}"},
        },
        "oneOf": [
            {"title": text, "required": ["first"], "properties": {"first": value, "kind": {"const": text}}},
            {"title": text + "2", "properties": {"second": value, "kind": {"const": "b"}}},
        ],
    }


def _value(text: str) -> dict[str, Any]:
    return {text: text, "source": f"return {text}", "plain": [text, {"source": text, "require": text}]}

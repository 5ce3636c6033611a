"""Snippets, and the exports of HTTP clients."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from specloom.schemas.draft import Text
from specloom.schemas.model import Operation, Service
from tests.draft.styles.base import HOST, body, curl, inputs, name, query, reply, title, url, value


def snippets(service: Service, write: Callable[[Operation], Iterator[str]], file: str) -> list[Text]:
    return [Text(file, "\n\n".join("\n".join(write(operation)) for operation in service.operations) + "\n")]


def fetch(service: Service) -> list[Text]:
    def write(operation: Operation) -> Iterator[str]:
        yield f"const response = await fetch(`{url(operation).replace('{', '${')}{query(operation)}`, {{"
        yield f"  method: '{operation.method}',\n  headers: {{ Authorization: `Bearer ${{process.env.API_KEY}}`, 'Content-Type': 'application/json' }},"
        if sent := body(operation):
            yield f"  body: JSON.stringify({json.dumps(sent)}),"
        yield "});"

    return snippets(service, write, "fetch.js")


def requests(service: Service) -> list[Text]:
    def write(operation: Operation) -> Iterator[str]:
        yield "import requests"
        yield f'BASE = "{HOST}"'
        arguments = ['headers={"Authorization": f"Bearer {API_KEY}"}']
        if fields := inputs(operation, "query"):
            arguments.append(f"params={ {name(f): value(f) for f in fields} }")
        if sent := body(operation):
            yield f"payload = {sent}"
            arguments.append("json=payload")
        yield f'response = requests.{operation.method.lower()}(f"{{BASE}}{operation.path}", {", ".join(arguments)})'
        yield "print(response.json())"

    return snippets(service, write, "example.py")


def windows_curl(service: Service) -> list[Text]:
    return [Text("windows.txt", "\n\n".join(curl(operation, " ^\n  ", '"') for operation in service.operations) + "\n")]


def har(service: Service) -> list[Text]:
    entries = []
    for operation in service.operations:
        path = operation.path
        for field in inputs(operation, "path"):
            path = path.replace("{" + name(field) + "}", "itm_4821ab")
        entry: dict[str, Any] = {
            "request": {
                "method": operation.method,
                "url": HOST + path + query(operation),
                "headers": [
                    {"name": "Authorization", "value": "Bearer lw_live_9aK3jd82Hs71LqPz"},
                    {"name": "Cookie", "value": "session=8d7f6a5s4d3f2g1h"},
                ],
                "queryString": [{"name": name(f), "value": str(value(f))} for f in inputs(operation, "query")],
            },
            "response": {
                "status": 200,
                "content": {"mimeType": "application/json", "text": json.dumps(reply(operation))},
            },
        }
        if sent := body(operation):
            entry["request"]["postData"] = {"mimeType": "application/json", "text": json.dumps(sent)}
        entries.append(entry)
    entries.append(
        {
            "request": {"method": "GET", "url": f"{HOST}/static/app.js", "headers": []},
            "response": {"status": 200, "content": {"mimeType": "application/javascript", "text": "x"}},
        }
    )
    return [Text("session.har", json.dumps({"log": {"version": "1.2", "entries": entries}}, indent=1))]


def postman(service: Service) -> list[Text]:
    """Version 2.0: URLs as texts, auth as objects."""
    items = []
    for operation in service.operations:
        path = operation.path.replace("{", ":").replace("}", "")
        request: dict[str, Any] = {
            "method": operation.method,
            "header": [],
            "url": "{{base_url}}" + path + query(operation),
            "auth": {"type": "bearer", "bearer": {"token": "lw_live_9aK3jd82Hs71LqPz"}},
        }
        if sent := body(operation):
            request["body"] = {"mode": "raw", "raw": json.dumps(sent, indent=2)}
        items.append(
            {
                "name": title(operation),
                "request": request,
                "response": [{"name": "ok", "code": 200, "body": json.dumps(reply(operation))}],
            }
        )
    value = {
        "info": {"name": "Lumenwave", "schema": "https://schema.getpostman.com/json/collection/v2.0.0/collection.json"},
        "variable": [{"id": "base_url", "value": HOST}],
        "item": [{"name": "All", "item": items}],
    }
    return [Text("collection.json", json.dumps(value, indent=1))]


def bruno(service: Service) -> list[Text]:
    made = []
    for operation in service.operations:
        path = operation.path.replace("{", ":").replace("}", "")
        parts = [
            f"meta {{\n  name: {title(operation)}\n  type: http\n}}",
            f"{operation.method.lower()} {{\n  url: {{{{baseUrl}}}}{path}{query(operation)}\n  body: json\n  auth: bearer\n}}",
        ]
        if fields := inputs(operation, "query"):
            parts.append("params:query {\n" + "\n".join(f"  {name(f)}: {value(f)}" for f in fields) + "\n}")
        parts.append("auth:bearer {\n  token: {{token}}\n}")
        if sent := body(operation):
            parts.append("body:json {\n  " + json.dumps(sent, indent=2).replace("\n", "\n  ") + "\n}")
        made.append(Text(f"{operation.operation_id}.bru", "\n\n".join(parts) + "\n"))
    return made


def insomnia(service: Service) -> list[Text]:
    resources: list[dict[str, Any]] = [
        {"_id": "wrk_1", "_type": "workspace", "name": "Lumenwave"},
        {"_id": "env_1", "_type": "environment", "data": {"base_url": HOST}},
    ]
    for operation in service.operations:
        resources.append(
            {
                "_id": f"req_{operation.operation_id}",
                "_type": "request",
                "parentId": "wrk_1",
                "name": title(operation),
                "method": operation.method,
                "url": "{{ _.base_url }}" + operation.path.replace("{", ":").replace("}", ""),
                "parameters": [{"name": name(f), "value": str(value(f))} for f in inputs(operation, "query")],
                "headers": [],
                "authentication": {"type": "bearer", "token": "{{ _.token }}"},
                "body": {"mimeType": "application/json", "text": json.dumps(body(operation), indent=2)}
                if body(operation)
                else {},
            }
        )
    return [
        Text("insomnia.json", json.dumps({"_type": "export", "__export_format": 4, "resources": resources}, indent=1))
    ]


def hoppscotch(service: Service) -> list[Text]:
    made = [
        {
            "v": "4",
            "name": title(o),
            "method": o.method,
            "endpoint": "<<baseUrl>>" + o.path.replace("{", "<<").replace("}", ">>"),
            "params": [{"key": name(f), "value": str(value(f)), "active": True} for f in inputs(o, "query")],
            "headers": [],
            "auth": {"authType": "bearer", "authActive": True, "token": "<<token>>"},
            "body": {"contentType": "application/json", "body": json.dumps(body(o))}
            if body(o)
            else {"contentType": None, "body": None},
        }
        for o in service.operations
    ]
    return [
        Text("hoppscotch.json", json.dumps({"v": 2, "name": "Lumenwave", "folders": [], "requests": made}, indent=1))
    ]

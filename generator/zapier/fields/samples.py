"""Samples: what a step returns, told from the document's own examples."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from specloom.generator.output.json_text import Json
from specloom.generator.zapier.fields.cleaning import Cleaner
from specloom.schemas.expressions import Exchange
from specloom.schemas.http.result import normalize, state
from specloom.schemas.model import URL_FIELDS, Operation, Service


class Samples:
    """The samples of one service's steps. They share what parts they have in common, and must not be changed."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._cleaner = Cleaner()

    def of_step(self, operation: Operation) -> Json:
        """What the step returns when it succeeds, as far as the document shows it."""
        result = self._documented(operation)
        items = [_with_file(item) for item in result.get("items", [])]
        first = items[0] if items else {}
        ordered: Json = {name: result[name] for name in (*URL_FIELDS.values(), "text") if name in result}
        if file := first.get("file"):
            ordered["file"] = file
        if operation.output.binary:
            ordered |= _binary(operation)
            items = []
        ordered |= {name: result.get(name) for name in ("id", "status")}
        if items:
            ordered["items"] = items
        # What people map stands first, what tells the call apart last.
        last = {name: result.get(name) for name in ("success", "type", "service", "operation", "raw")}
        rest = {k: v for k, v in result.items() if k not in ordered and k not in last and k != "items"}
        return self._clean({**ordered, **rest, **last})

    def of_element(self, element: Any, dedupe: str = "id") -> Json:
        """An element of a list, as searches and triggers return it."""
        if not isinstance(element, Mapping):
            return {"id": str(element), "value": element}
        given = {**element, "id": element.get(dedupe) or element.get("id") or "1"}
        if is_result(element):
            items = [_with_file(item) for item in element["items"]]
            files = [item["file"] for item in items if "file" in item][:1]
            given |= {"items": items, **({"file": files[0]} if files else {})}
        return self._clean(given) or {"id": self._cleaner.clean(given["id"])}

    def like(self, other: Operation, element: Any, dedupe: str) -> Json:
        """An element of a list told as the result of `other`, which reads one such element."""
        result: Json = dict(normalize(self._service, other, Exchange(200, element), base_url=self._service.base_url))
        result["items"] = [_with_file(item) for item in result["items"]]
        result.pop("rate_limit", None)
        named = {name: result[name] for name in URL_FIELDS.values() if name in result}
        if result["items"] and "file" in result["items"][0]:
            named["file"] = result["items"][0]["file"]
        rest = {k: v for k, v in result.items() if k not in named and k != "raw"}
        given = element.get(dedupe) if isinstance(element, Mapping) else None
        return self._clean({**named, **rest, "raw": result["raw"], "id": given or result["id"] or "1"})

    def _documented(self, operation: Operation) -> Json:
        """The normalized result of the first documented reply that tells a success."""
        service, job = self._service, operation.job
        answering = service.operation(job.poll.operation_id) if job else operation
        answering = answering or operation
        inputs = answering.request_examples[0].value if answering.request_examples else {}
        path = {f.pointer or f.name: inputs.get(f.name) for f in answering.fields if f.location == "path"}
        base_url = service.base_url or "https://api.example.com"
        exchanges = [
            Exchange(one.status, one.body, one.headers, path=path, url=base_url, method=answering.method)
            for one in replies(answering)
        ]
        good = (exchange for exchange in exchanges if state(service, operation, exchange) == "succeeded")
        return dict(normalize(service, operation, next(good, exchanges[0]), base_url=base_url))

    def _clean(self, sample: Json) -> Json:
        found: Json = self._cleaner.clean(sample)
        return found


class DocumentedReply(Struct, frozen=True):
    status: int
    body: Any
    headers: dict[str, str]


def replies(operation: Operation) -> Iterator[DocumentedReply]:
    """Of the documented successes; the made-up sample last, so there is always one."""
    status = 200
    for response in operation.responses:
        if not response.ok:
            continue
        status = int(response.status) if response.status.isdigit() else 200
        headers = {h.name: str(h.example) for h in response.headers if h.example is not None}
        for example in response.examples:
            yield DocumentedReply(status, example.value, headers)
    yield DocumentedReply(status, operation.output.sample, {})


def _with_file(item: Json) -> Json:
    return {**item, "file": item["url"]} if item.get("url") else item


def _binary(operation: Operation) -> Json:
    """A reply that is a file: only its name can be shown."""
    example = operation.request_examples[0].value if operation.request_examples else {}
    names = [v for v in example.values() if isinstance(v, str) and re.fullmatch(r"[\w.-]+\.\w{2,5}", v)]
    name = names[0] if names else "file"
    accept = operation.accept if "*" not in operation.accept else "application/octet-stream"
    return {"file": f"https://cdn.example.com/{name}", "file_name": name, "content_type": accept.split(",")[0]}


def is_result(payload: Mapping[str, Any]) -> bool:
    """Whether an event carries the normalized result, as a gateway's do."""
    items = payload.get("items")
    told = isinstance(payload.get("success"), bool) and isinstance(payload.get("status"), str)
    return told and isinstance(items, list) and all(isinstance(item, Mapping) for item in items)

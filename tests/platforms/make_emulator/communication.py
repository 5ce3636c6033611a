"""Runs a communication: one request or several, conditions, repeats, pages, iteration and errors."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.platforms.make_emulator.errors import TYPES, MakeError
from tests.platforms.make_emulator.evaluate import render
from tests.platforms.make_emulator.values import UNDEFINED, truthy
from tests.platforms.make_emulator.wire import Reply, Sent, send

MAX_REQUESTS, MAX_PAGES, MAX_RECORDS, MAX_SECONDS = 100, 50, 3200, 40.0


@dataclass(slots=True)
class Run:
    """One execution of one module, RPC, connection or webhook remote procedure."""

    base: dict[str, Any]
    variables: dict[str, Any]
    """parameters, connection, common, data, webhook, payload …"""
    sleep: Callable[[float], None] = time.sleep
    static_valid: bool = True
    """Whether `valid` counts in a request without a URL; Make's documentation leaves it open."""
    temp: dict[str, Any] = field(default_factory=dict)
    log: list[Sent] = field(default_factory=list)
    seconds: float = 0.0
    calls: int = 0
    keeps: dict[str, Any] = field(default_factory=dict)
    """What `response.data` and `response.metadata` left."""

    def context(self, **more: Any) -> dict[str, Any]:
        return {"now": _now(), **self.variables, "temp": self.temp, **more}

    def execute(self, communication: Any, on_items: Callable[[list[Any]], bool] | None = None) -> Any:
        """The output of the last request. `on_items` sees the raw items of each page and says whether to go on."""
        requests = communication if isinstance(communication, list) else [communication]
        output: Any = UNDEFINED
        for request in requests:
            output = self._one(request, on_items)
        return output

    def _one(self, request: dict[str, Any], on_items: Callable[[list[Any]], bool] | None) -> Any:
        self.temp.update(render(request.get("temp", {}), self.context()))
        condition = request.get("condition", True)
        default: Any = UNDEFINED
        if isinstance(condition, dict):
            default, condition = condition.get("default", UNDEFINED), condition.get("condition", True)
        if not truthy(render(condition, self.context())):
            return render(default, self.context()) if default is not UNDEFINED else UNDEFINED
        if "url" not in request:
            return self._finish(request, self._static(request), [])
        reply = self._call(request, {}, {})
        rounds = 0
        repeat = request.get("repeat")
        while repeat and truthy(render(repeat["condition"], {"temp": self.temp})):
            if rounds >= repeat.get("limit", 1_000_000):
                break
            self._wait(repeat["delay"] / 1000)
            reply = self._call(request, {}, {})
            rounds += 1
        if "pagination" in request:
            return self._pages(request, reply, on_items)
        return self._finish(request, reply, None, on_items)

    def _static(self, request: dict[str, Any]) -> Reply:
        reply = Reply(200, {}, UNDEFINED)
        self._understand(request, reply, checks=self.static_valid)
        return reply

    def _wait(self, seconds: float) -> None:
        self.seconds += seconds
        if self.seconds > MAX_SECONDS:
            raise MakeError("The operation timed out.", "ConnectionError")
        self.sleep(seconds)

    def _call(self, request: dict[str, Any], moved: dict[str, Any], page: dict[str, Any]) -> Reply:
        self.calls += 1
        if self.calls > MAX_REQUESTS:
            raise MakeError("A module may make 100 requests")
        started = time.monotonic()
        reply = send(self._merged(request, moved, page), self._sanitize(request), self.log)
        self.seconds += time.monotonic() - started
        if self.seconds > MAX_SECONDS:
            raise MakeError("The operation timed out.", "ConnectionError")
        self._understand(request, reply, checks=True)
        return reply

    def _merged(self, request: dict[str, Any], moved: dict[str, Any], page: dict[str, Any]) -> dict[str, Any]:
        """The request with what it inherits from the base, and what a further page changes."""
        context = self.context(**page)
        made: dict[str, Any] = {"method": "GET"}
        for part in (self.base, request, moved):
            for key in ("method", "type", "encodeUrl", "url", "followRedirects", "followAllRedirects"):
                if key in part:
                    made[key] = render(part[key], context)
            for key in ("headers", "qs"):
                if key in part:
                    made[key] = {**made.get(key, {}), **_flat(render(part[key], context), key)}
            if "body" in part:
                made["body"] = render(part["body"], context)
        if str(made["url"]).startswith("/"):
            made["url"] = f"{render(self.base['baseUrl'], context)}{made['url']}"
        made["reads"] = request.get("response", {}).get("type", self.base.get("response", {}).get("type", "automatic"))
        return made

    def _sanitize(self, request: dict[str, Any]) -> list[str]:
        own = request.get("log", self.base.get("log", {}))
        return list(own.get("sanitize", []))

    def _understand(self, request: dict[str, Any], reply: Reply, *, checks: bool) -> None:
        """Keeps what the reply leaves, and raises where it is a failure: from status 400 on it always is one."""
        rules = {**self.base.get("response", {}), **request.get("response", {})}
        context = self.context(body=reply.body, headers=reply.headers, statusCode=reply.status)
        if reply.status >= 400:
            raise self._error(rules, {}, reply, context)
        self.temp.update(render(rules.get("temp", {}), context))
        context = self.context(body=reply.body, headers=reply.headers, statusCode=reply.status)
        valid = rules.get("valid", True)
        told = valid if isinstance(valid, dict) else {"condition": valid}
        if checks and not truthy(render(told.get("condition", True), context)):
            raise self._error(rules, told, reply, context)
        for key in ("data", "metadata", "uid", "expires"):
            if key in rules:
                self.keeps[key] = render(rules[key], context)

    def _error(self, rules: dict[str, Any], valid: dict[str, Any], reply: Reply, context: dict[str, Any]) -> MakeError:
        given = rules.get("error", {})
        errors: dict[str, Any] = {"message": given} if isinstance(given, str) else given
        own = errors.get(str(reply.status), {})
        message = valid.get("message") or own.get("message") or errors.get("message")
        kind = valid.get("type") or own.get("type") or errors.get("type") or "RuntimeError"
        shown = str(render(message, context)) if message else f"[{reply.status}] Response marked as invalid."
        name = render(kind, context)
        return MakeError(shown, name if name in TYPES else "RuntimeError", reply.status)

    def _finish(
        self, request: dict[str, Any], reply: Reply, before: list[Any] | None,
        on_items: Callable[[list[Any]], bool] | None = None,
    ) -> Any:  # fmt: skip
        """iterate, output, limit and wrapper of one reply."""
        rules = request.get("response", {})
        context = self.context(body=reply.body, headers=reply.headers, statusCode=reply.status)
        if "iterate" not in rules:
            output = render(rules.get("output", "{{body}}"), context)
        else:
            items = self._items(rules["iterate"], context)
            if on_items:
                on_items(items)
            output = self._limited(rules, [self._output(rules, item, context) for item in items], context)
        if "wrapper" in rules:
            output = render(rules["wrapper"], {**context, "output": output})
        return output

    def _items(self, iterate: Any, context: dict[str, Any]) -> list[Any]:
        told = iterate if isinstance(iterate, dict) else {"container": iterate}
        container = render(told["container"], context)
        if container is UNDEFINED or container is None:
            return []
        if not isinstance(container, list):
            raise MakeError(f"iterate needs an array, not {type(container).__name__}")
        condition = told.get("condition", True)
        return [item for item in container if truthy(render(condition, {**context, "item": item}))]

    def _output(self, rules: dict[str, Any], item: Any, context: dict[str, Any]) -> Any:
        return render(rules.get("output", "{{item}}"), {**context, "item": item})

    def _limited(self, rules: dict[str, Any], items: list[Any], context: dict[str, Any]) -> list[Any]:
        limit = render(rules["limit"], context) if "limit" in rules else UNDEFINED
        return items[: int(limit)] if isinstance(limit, (int, float)) else items

    def _pages(self, request: dict[str, Any], reply: Reply, on_items: Callable[[list[Any]], bool] | None) -> list[Any]:
        """Page after page, until one is empty, the condition says no, or there is enough."""
        rules, paging = request.get("response", {}), request["pagination"]
        found: list[Any] = []
        pages = 1
        while True:
            context = self.context(body=reply.body, headers=reply.headers, statusCode=reply.status)
            items = self._items({"container": _container(rules["iterate"])}, context)
            chosen = self._items(rules["iterate"], context)
            found += [self._output(rules, item, context) for item in chosen]
            enough = self._limited(rules, found, context)
            if not items or len(enough) < len(found) or len(found) >= MAX_RECORDS:
                return enough
            if on_items and not on_items(chosen):
                return enough
            pages += 1
            last = {"first": items[0], "last": items[-1]}
            page = {**context, "pagination": {"page": pages}, "iterate": {"container": last}}
            if pages > MAX_PAGES or not truthy(render(paging.get("condition", True), page)):
                return enough
            limit = render(rules.get("limit", "{{undefined}}"), context)
            if isinstance(limit, (int, float)) and len(found) >= limit and on_items is None:
                return enough
            moved = {key: value for key, value in paging.items() if key not in ("condition", "mergeWithParent")}
            alone = not paging.get("mergeWithParent", True)
            reply = self._call({**moved, **_reply_rules(request)} if alone else request, {} if alone else moved, page)


def _reply_rules(request: dict[str, Any]) -> dict[str, Any]:
    """What a page read on its own still shares with the first request."""
    return {key: request[key] for key in ("response", "log", "encodeUrl") if key in request}


def _container(iterate: Any) -> Any:
    return iterate["container"] if isinstance(iterate, dict) else iterate


def _flat(value: Any, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MakeError(f"{key} is a collection")
    return value


def _now() -> datetime:
    return datetime.now(UTC)

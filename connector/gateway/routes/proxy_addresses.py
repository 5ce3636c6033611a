"""Addresses of the vendor that lead on (a redirect, the next page, where to ask for work): they lead through us, so
that who follows them meets the gateway again. Those of what was made stay as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import request

from specloom.connector.gateway.context import GatewayContext
from specloom.connector.upstream.endpoints import Endpoint
from specloom.connector.upstream.exchange import Answer
from specloom.schemas.expressions import Expression, lookup
from specloom.schemas.model import Operation

_IN_LINK = re.compile(r"<([^<>]*)>")
_ABSOLUTE = re.compile(r"https?://|/(?!/)")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Of one call: `called` is the vendor's URL that it went to, without what was put behind its path."""

    shared: GatewayContext
    endpoint: Endpoint
    called: str

    def headers(self, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """A reply's headers with `Location` and `Link` led through us."""
        return [(name, self._header(name.lower(), value)) for name, value in pairs]

    def _header(self, name: str, value: str) -> str:
        if name == "location":
            return self.through(value)
        return _IN_LINK.sub(lambda found: f"<{self.through(found[1])}>", value) if name == "link" else value

    def body(self, answer: Answer) -> bytes:
        """The reply's bytes, in which the fields that the document names as leading on do so through us."""
        data, body = answer.data, answer.exchange.body
        if not isinstance(body, dict) or b"\0" in data[:4]:
            return data
        for path in _leading_on(self.endpoint.operation):
            value: Any = lookup(body, path)
            if isinstance(value, str) and _ABSOLUTE.match(value) and (moved := self.through(value)) != value:
                data = _replaced(data, path[-1], value, moved)
        return data

    def through(self, url: str) -> str:
        """The gateway's address for one of the vendor's own that the document knows; any other as it is, and what is
        no address too."""
        try:
            absolute = urljoin(self.called, url)
        except ValueError:
            return url
        key = self.endpoint.service.key
        for root in self._roots():
            rest = absolute[len(root) :]
            if absolute.startswith(root) and rest[:1] in ("/", "?", ""):
                path = rest.partition("#")[0].partition("?")[0]
                matched = self.shared.endpoints.match(key, "GET", path)
                found, allowed = matched.endpoint, matched.allowed
                mount = self.shared.settings.url or request.url_root.rstrip("/")
                return f"{mount}/{key}{rest}" if found is not None or allowed else url
        return url

    def _roots(self) -> Iterator[str]:
        """What `/<key>` stands for: as it is configured, and as the document and this operation say."""
        yield self.endpoint.vendor.root
        for url in (self.endpoint.service.base_url, self.endpoint.operation.server):
            parts = urlsplit(url or "")
            if parts.netloc and "{" not in parts.netloc:
                yield f"{parts.scheme}://{parts.netloc}"


def _leading_on(operation: Operation) -> Iterator[tuple[str, ...]]:
    """Where in a reply's body the document's pagination, job and links find what leads on."""
    links = [link for response in operation.responses for link in response.links]
    links += [operation.job.poll] if operation.job else []
    found: list[Any] = [value for link in links for value in link.parameters.values()]
    found += [operation.pagination.next] if operation.pagination else []
    for value in found:
        reference = value.reference if isinstance(value, Expression) else None
        if reference is not None and reference.root == "response.body" and reference.path:
            yield tuple(reference.path)


def _replaced(data: bytes, name: str, value: str, moved: str) -> bytes:
    """The text of the field (of any that has the same name and value), however it is escaped, and nothing else."""
    texts = {json.dumps(value), json.dumps(value, ensure_ascii=False), json.dumps(value).replace("/", "\\/")}
    literal = b"|".join(re.escape(text.encode()) for text in sorted(texts))
    field = re.compile(rb"(" + re.escape(json.dumps(name).encode()) + rb"\s*:\s*)(?:" + literal + rb")")
    return field.sub(lambda found: found[1] + json.dumps(moved).encode(), data)

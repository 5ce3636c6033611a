"""Operations made ready to be called: checks compiled once, routes found fast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from specloom.connector.settings import Settings
from specloom.connector.upstream.services import Vendor
from specloom.schemas.http.inputs import body_schema, input_schema, parameter_schema
from specloom.schemas.http.routing import Match, Router
from specloom.schemas.http.serialization import EXTRA_BODY, EXTRA_QUERY
from specloom.schemas.http.validation import Checker
from specloom.schemas.model import Field, Operation, Service

_JOB_MARGIN = 4
"""A synchronous call may take this many times its documented duration."""


@dataclass(frozen=True)
class Endpoint:
    """One operation of one vendor. Its checks are compiled when first needed."""

    vendor: Vendor
    operation: Operation
    settings: Settings

    @property
    def service(self) -> Service:
        return self.vendor.service

    @cached_property
    def base_url(self) -> str:
        return self.vendor.base_of(self.operation)

    @cached_property
    def inputs(self) -> Checker:
        return Checker(input_schema(self.operation))

    @cached_property
    def body(self) -> Checker:
        return Checker(body_schema(self.operation))

    @cached_property
    def parameters(self) -> Checker | None:
        fields = [f for f in self.operation.fields if f.location not in ("body", "selector")]
        return Checker(parameter_schema(self.operation)) if fields else None

    @cached_property
    def names(self) -> frozenset[str]:
        """What /run takes."""
        return frozenset({f.name for f in self.operation.fields} | {EXTRA_BODY, EXTRA_QUERY})

    @cached_property
    def open_lists(self) -> tuple[OpenList, ...]:
        return tuple(_open_lists(self.operation.fields))

    @cached_property
    def timeout(self) -> float:
        least = _JOB_MARGIN * (self.operation.duration or 0)
        return self.vendor.timeout or max(self.settings.timeout, least)

    @cached_property
    def is_slow(self) -> bool:
        """Runs as a job, because its documents say it takes long."""
        operation = self.operation
        return operation.job is not None or (operation.duration or 0) > self.settings.slow

    @property
    def needs_key(self) -> bool:
        return self.service.auth.kind != "none" and not self.operation.anonymous

    @cached_property
    def is_json(self) -> bool:
        kind = self.operation.media_type.lower()
        return kind == "application/json" or kind.endswith("+json")

    @cached_property
    def makes_results(self) -> bool:
        """Whether its outcome is worth an event: reads and secrets are not."""
        operation = self.operation
        return operation.writes and operation.output.type != "none" and not operation.sensitive


@dataclass(frozen=True, slots=True)
class OpenList:
    """Documented values of an input that may have others too."""

    field: Field
    names: frozenset[Any]

    def complaint(self, value: Any) -> str:
        """Words for a header; '' where the value is documented."""
        strange = [v for v in (value if isinstance(value, list) else [value]) if not self._knows(v)]
        if not strange:
            return ""
        return f"{self.field.name}: {str(strange[0])[:60]!a} is not among the documented values"

    def _knows(self, value: Any) -> bool:
        return value is None or isinstance(value, (list, dict)) or value in self.names


def _open_lists(fields: tuple[Field, ...]) -> Iterator[OpenList]:
    for field in fields:
        is_open = field.open or field.inferred
        if field.choices and is_open and field.location != "selector" and field.type != "object":
            values = [c.value for c in field.choices if not isinstance(c.value, (list, dict))]
            yield OpenList(field, frozenset(values))


class MatchedEndpoint(Struct, frozen=True):
    """Which operation a request means."""

    endpoint: Endpoint | None
    parameters: Mapping[str, str] = {}
    """Of the path, decoded."""
    allowed: tuple[str, ...] = ()
    """Where there is none: the methods that the path takes."""


class Endpoints:
    """Every operation of every vendor, by name and by path."""

    def __init__(self, vendors: Mapping[str, Vendor], settings: Settings) -> None:
        self.vendors = vendors
        self._by_id: dict[tuple[str, str], Endpoint] = {}
        self._by_path: dict[tuple[str, str, str], Endpoint] = {}
        self._routers: dict[str, Router] = {}
        for key, vendor in vendors.items():
            self._routers[key] = Router(vendor.service)
            for operation in vendor.service.operations:
                self._by_id[key, operation.operation_id] = Endpoint(vendor, operation, settings)
            self._literal(key, vendor.service)

    def _literal(self, key: str, service: Service) -> None:
        """Paths without a parameter, which most calls go to, are one look-up."""
        for operation in service.operations:
            server = operation.server or (service.servers[0].url if service.servers else "")
            path = _server_path(server) + operation.path
            if "{" not in path:
                self._by_path[key, operation.method, path] = self._by_id[key, operation.operation_id]

    def get(self, key: str, operation_id: str) -> Endpoint | None:
        return self._by_id.get((key, operation_id))

    def match(self, key: str, method: str, path: str) -> MatchedEndpoint:
        """Of a percent-encoded path."""
        found = self._by_path.get((key, method, path))
        if found is not None:
            return MatchedEndpoint(found)
        match: Match = self._routers[key].match(method, path)
        if match.operation is None:
            return MatchedEndpoint(None, allowed=match.allowed)
        return MatchedEndpoint(self._by_id[key, match.operation.operation_id], match.path)

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._by_id.values())


def _server_path(url: str) -> str:
    if "{" in url.partition("://")[2].partition("/")[2]:
        return "{"
    rest = url.partition("://")[2]
    return urlsplit("//" + rest.replace("{", "").replace("}", "")).path.rstrip("/") if rest else url.rstrip("/")

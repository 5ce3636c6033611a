"""Which operation a request means: method and path templates, literal segments before templates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from specloom.schemas.model import Operation, Server, Service

_TEMPLATE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    operation: Operation
    segments: tuple[re.Pattern[str] | str, ...]
    names: tuple[str, ...]
    """Wire names of the path parameters, in the path's order."""
    rank: tuple[int, ...]
    """Lower is more exact."""

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """Decoded path parameters by wire name. `segments` are still percent-encoded."""
        if len(segments) != len(self.segments):
            return None
        found: list[str] = []
        for wanted, given in zip(self.segments, segments, strict=True):
            if isinstance(wanted, str):
                if wanted != unquote(given):
                    return None
            elif match := wanted.fullmatch(given):
                found += [unquote(text) for text in match.groups()]
            else:
                return None
        return dict(zip(self.names, found, strict=True))


@dataclass(frozen=True, slots=True)
class Match:
    operation: Operation | None
    path: dict[str, str]
    allowed: tuple[str, ...] = ()
    """Where only the method is wrong: the methods that would do."""


class Router:
    """All operations of one service under the paths of its servers."""

    def __init__(self, service: Service) -> None:
        routes: list[Route] = []
        for operation in service.operations:
            for prefix in _prefixes(service, operation):
                routes.append(_route(operation, prefix + operation.path))
        self._routes = sorted(routes, key=lambda route: route.rank)

    def match(self, method: str, path: str) -> Match:
        """`path` is percent-encoded, without the mount point."""
        segments = _split(path)
        allowed: list[str] = []
        for route in self._routes:
            values = route.match(segments)
            if values is None:
                continue
            if route.operation.method in (method, "GET" if method == "HEAD" else method):
                return Match(route.operation, values)
            allowed.append(route.operation.method)
        return Match(None, {}, tuple(dict.fromkeys(allowed)))


def mount_path(service: Service, operation: Operation | None = None) -> str:
    """The path of the service's (or the operation's own) server, '' for none: '/api/v1'."""
    return _prefixes(service, operation)[0]


def _prefixes(service: Service, operation: Operation | None) -> list[str]:
    if operation is not None and operation.server:
        return [urlsplit(operation.server).path.rstrip("/")]
    return list(dict.fromkeys(_server_path(server) for server in service.servers)) or [""]


def _server_path(server: Server) -> str:
    """Variables without a default stay templates: any one segment stands for them."""
    url = server.url
    for variable in server.variables:
        if variable.default:
            url = url.replace(f"{{{variable.name}}}", variable.default)
    rest = url.partition("://")[2] if "://" in url else url
    host, slash, path = rest.partition("/")
    return (slash + path).rstrip("/") if "://" in url or not url.startswith("/") else url.rstrip("/")


def _split(path: str) -> list[str]:
    return path.removeprefix("/").split("/")


def _route(operation: Operation, template: str) -> Route:
    segments: list[re.Pattern[str] | str] = []
    names: list[str] = []
    rank: list[int] = []
    for segment in _split(template):
        found = _TEMPLATE.findall(segment)
        names += found
        if not found:
            segments.append(segment)
            rank.append(0)
            continue
        parts = _TEMPLATE.split(segment)
        pattern = "".join("(.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts))
        segments.append(re.compile(pattern, re.DOTALL))
        rank.append(2 if segment == f"{{{found[0]}}}" else 1)
    return Route(operation, tuple(segments), tuple(names), tuple(rank))

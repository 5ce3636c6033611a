"""The document's root: identity, servers, connection test, error and rate-limit rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import urljoin, urlsplit

from specloom.schemas.document.extension import expression, extension
from specloom.schemas.document.node import Node
from specloom.schemas.document.reading.fetch import shown
from specloom.schemas.document.reporter import Reporter
from specloom.schemas.model import (
    ConnectionTest,
    ErrorRules,
    Operation,
    RateLimit,
    Resource,
    Server,
    ServerVariable,
    Signature,
)
from specloom.schemas.text import clean, one_line

_RESERVED = frozenset("run hooks jobs events deliveries inbound files metrics healthz readyz openapi.json".split())


def key_of(root: Node, block: Mapping[str, Any]) -> str:
    """The extension's key, else one made from the title, else from the file's name."""
    if block.get("key"):
        return str(block["key"])
    for text in (root.get("info").text("title"), PurePath(root.source.name).name.split(".")[0]):
        words = [
            w
            for w in re.findall(r"[a-z0-9]+", text.lower())
            if w not in ("api", "rest", "the", "openapi", "specification")
        ]
        key = "-".join(words).lstrip("0123456789-")[:30].strip("-")
        if len(key) > 1:
            return f"{key}-api"[:30] if key in _RESERVED else key
    return "service"


def servers_of(root: Node, report: Reporter) -> tuple[Server, ...]:
    """Relative ones of a document that came from the web lie on its host."""
    result = []
    for node in root.get("servers").elements():
        url = _server_url(node, report)
        if not url:
            continue
        server = Server(
            url=url,
            description=clean(node.text("description") or node.text("name"), 1000),
            variables=_variables(node, url, report),
            inferred=clean(extension(node, "note", report).get("inferred")),
        )
        if "://" in url and not _is_web_address(server):
            report.warn(node, "server", f"server {(server.base_url or url)[:80]!r} is no web address", "left out")
            continue
        result.append(server)
    return tuple(result)


def _variables(server: Node, url: str, report: Reporter) -> tuple[ServerVariable, ...]:
    """Those that stand in the url."""
    return tuple(
        ServerVariable(
            name=name,
            default=one_line(_text(variable.value.get("default")) if isinstance(variable.value, dict) else ""),
            choices=tuple(one_line(_text(choice.value)) for choice in variable.get("enum").elements()),
            description=clean(variable.text("description"), 1000),
            inferred=clean(extension(variable, "note", report).get("inferred")),
        )
        for name, variable in server.get("variables").items()
        if f"{{{name}}}" in url
    )


def _is_web_address(server: Server) -> bool:
    """With its defaults filled in, where it has them all; hosts like `[host]` and ports like `x` are none."""
    if not server.url.startswith(("http://", "https://", "{")):
        return False
    try:
        urlsplit(server.base_url).port  # noqa: B018 - it is looked at only when asked for
    except ValueError:
        return False
    return True


def _server_url(node: Node, report: Reporter) -> str:
    """'' where there is none; placeholders that no variable declares are reported."""
    given = node.value.get("url") if isinstance(node.value, dict) else node.value
    url = one_line(given, 2000) if isinstance(given, str) else ""
    if not url:
        report.warn(
            node, "server", f"server url {given!r} is no text"[:120] if given else "a server without url", "left out"
        )
        return ""
    declared = node.get("variables")
    for name in re.findall(r"\{([^{}]*)\}", url):
        if not isinstance(declared.get(name).value, dict):
            told = f"{{{name[:60]}}} of the server's url is not declared"
            report.warn(node, "server", told, "declare it under 'variables', with a default")
    came_from = node.source.path
    if isinstance(came_from, str) and "://" not in url and not url.startswith("{"):
        return urljoin(shown(came_from), url.replace("{", "%7B")).replace("%7B", "{")
    return url


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def resources_of(root: Node, operations: tuple[Operation, ...]) -> tuple[Resource, ...]:
    """Tags in the document's order, then those only operations name; only those in use."""
    described = {
        one_line(tag.text("name")): clean(tag.text("description") or tag.text("summary"), 1000)
        for tag in root.get("tags").elements()
    }
    used = dict.fromkeys(operation.resource for operation in operations)
    ordered = [name for name in described if name in used] + [name for name in used if name not in described]
    return tuple(Resource(name=name, description=described.get(name, "")) for name in ordered)


def connection_of(
    root: Node, block: Any, operations: Mapping[str, Operation], report: Reporter
) -> ConnectionTest | None:
    if not block:
        return None
    place = root.at("x-specloom", "connection")
    operation = operations.get(block["operation"])
    if operation is None:
        report.error(
            place,
            "connection",
            f"no operation {block['operation']!r}",
            "name an operationId of this document",
        )
        return None
    return ConnectionTest(
        operation_id=operation.operation_id,
        inputs=dict(block.get("parameters") or {}),
        body=block.get("body"),
        raw_body="body" in block,
        valid=tuple(str(s) for s in block.get("valid") or ("2XX",)),
        invalid=tuple(str(s) for s in block.get("invalid") or ("401", "403")),
        label=expression(block.get("label"), place.get("label"), report),
    )


def errors_of(root: Node, block: Any, report: Reporter) -> ErrorRules:
    block = block or {}
    place = root.at("x-specloom", "errors")
    return ErrorRules(
        message=expression(block.get("message"), place.get("message"), report),
        types={str(status): kind for status, kind in (block.get("types") or {}).items()},
        retry_after=expression(block.get("retry_after"), place.get("retry_after"), report),
    )


def rate_limit_of(root: Node, block: Any, report: Reporter) -> RateLimit | None:
    if not block:
        return None
    place = root.at("x-specloom", "rate_limit")

    def value(key: str) -> Any:
        given = block.get(key)
        return given if isinstance(given, (int, float)) else expression(given, place.get(key), report)

    documented = block.get("documented") or {}
    return RateLimit(
        limit=value("limit"),
        remaining=value("remaining"),
        reset=value("reset"),
        requests=documented.get("requests"),
        seconds=documented.get("seconds"),
        plans=tuple((plan["name"], plan["requests"], plan["seconds"]) for plan in block.get("plans") or ()),
    )


def signature_of(block: Any) -> Signature | None:
    return Signature(**{key: value for key, value in block.items() if key != "source"}) if block else None


def tell_of_gaps(root: Node, block: Mapping[str, Any], report: Reporter) -> None:
    """Calls of which no path is known are left out, each with the question that would let them in."""
    places = root.at("x-specloom", "gaps").elements()
    for gap, place in zip(block.get("gaps") or (), places, strict=False):
        about = gap.get("operation")
        if about is not None:
            name = one_line(about.get("summary") or about.get("path") or about.get("description"), 100) or "a call"
            report.warn(
                place,
                "gap",
                f"{name!r} is left out: its path or method is not known",
                f"ask: {one_line(gap['question'], 200)}",
            )

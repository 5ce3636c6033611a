"""The services a workflow can call: the bundled ones, the gateway, and whatever else is given."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from specloom.schemas.interpretation import interpret
from specloom.schemas.load import bundled, gateway_document
from specloom.schemas.model import Service

GATEWAY = "specloom"
"""Key of our own gateway: specloom://specloom."""


@cache
def services() -> Mapping[str, Service]:
    """Key to service."""
    found = {key: interpret(path).service for key, path in bundled().items()}
    found[GATEWAY] = interpret(gateway_document()).service
    return found


def with_documents(documents: tuple[Path, ...]) -> Mapping[str, Service]:
    """The services, with those of further OpenAPI documents. Raises SpecloomError."""
    loaded = [interpret(path).service for path in documents]
    return {**services(), **{service.key: service for service in loaded}}


def address(service: Service) -> str:
    """The base URL, or a pattern in which the user's host is to be filled in."""
    key = service.key
    url = service.servers[0].url if service.servers else "https://{host}"
    for variable in service.servers[0].variables if service.servers else ():
        told = variable.default or f"your-{key}-{variable.name}.example.com".replace("_", "-")
        url = url.replace(f"{{{variable.name}}}", told)
    return url.rstrip("/") if "://" in url else f"https://your-{key}-host.example.com{url.rstrip('/')}"

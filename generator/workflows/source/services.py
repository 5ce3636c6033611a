"""The services a workflow can call: the bundled ones, the gateway, and whatever else is given."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from specloom.schemas.interpretation import interpret
from specloom.schemas.load import bundled
from specloom.schemas.model import Service

GATEWAY = "specloom"
"""Key of our own gateway: specloom://specloom."""


@cache
def services() -> Mapping[str, Service]:
    """Key to service."""
    found = {key: interpret(path).service for key, path in bundled().items()}
    contract = next(iter(bundled().values())).parents[1] / "gateway.openapi.yaml"
    if contract.is_file():
        found[GATEWAY] = interpret(contract).service
    return found


def with_documents(documents: tuple[Path, ...]) -> Mapping[str, Service]:
    """The services, with those of further OpenAPI documents. Raises SpecloomError."""
    loaded = [interpret(path).service for path in documents]
    return {**services(), **{service.key: service for service in loaded}}

"""The service of each vector: its document as `build` reads it, with the stand-in's address for every host."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from specloom.schemas.document.reading.reach import ReferenceScope
from specloom.schemas.interpretation import DocumentToRead, interpret
from specloom.schemas.model import Operation, Service
from tests.platforms.wire.files import as_base64, by_url, serve, with_files
from tests.platforms.wire.upstream import Upstream
from tests.platforms.wire.vectors import Vector

HOST = re.compile(r"https://((?:[a-z0-9-]+\.)*example\.(?:com|net|org))")
PRIMARY = "api.example.com"
"""What the requests of a vector name no host for."""


@dataclass(frozen=True)
class Case:
    """One vector with the service that its document becomes."""

    vector: Vector
    service: Service
    operation: Operation
    files_at: str
    """Where the files among its inputs are."""

    def inputs(self, runtime: str) -> Any:
        """The vector's, with its files as the runtime is given them."""
        if runtime == "make":
            return self.vector.inputs
        given = as_base64 if runtime == "gateway" else by_url(self.files_at)
        return with_files(self.vector.inputs, given)

    def secrets(self) -> list[tuple[Any, Any]]:
        """(scheme, what the vector gives for it)."""
        schemes = {scheme.id: scheme for way in self.service.connections for scheme in way.schemes}
        return [(schemes[name], value) for name, value in self.vector.credentials.items()]


def moved(text: str, vector: Vector, upstream: Upstream) -> str:
    """`text` with the addresses of example.com and its like on the stand-in, where a host's root is `{root}`."""
    text = text.replace("{root}", urlsplit(upstream.address(vector.key, PRIMARY)).path)
    return HOST.sub(lambda found: upstream.address(vector.key, found[1]), text)


def case_of(vector: Vector, folder: Path, upstream: Upstream) -> Case:
    """The document read as `build` reads it: with what is certain applied."""
    path = _written(vector, folder / vector.key, upstream)
    service = interpret(DocumentToRead(path=path, reach=ReferenceScope(root=folder / vector.key))).service
    servers = tuple(replace(server, url=moved(server.url, vector, upstream)) for server in service.servers)
    service = replace(service, key=vector.key, servers=servers)  # Swagger 2 spells its host apart
    operation = service.operation(vector.operation)
    if operation is None:
        raise ValueError(f"{vector.id}: the document has no operation {vector.operation!r}")
    serve(vector, upstream)
    return Case(vector, service, operation, upstream.file_url(vector.key, ""))


def _written(vector: Vector, folder: Path, upstream: Upstream) -> Path:
    """The document's files in a folder of their own."""
    own, root = vector.document.path, vector.document.root
    if own is None or root is None:
        folder.mkdir(parents=True)
        path = folder / "document.yaml"
        path.write_text(moved(vector.document.text, vector, upstream), "utf-8")
        return path
    for file in root.rglob("*.yaml"):
        target = folder / file.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(moved(file.read_text("utf-8"), vector, upstream), "utf-8")
    return folder / own.relative_to(root)


def cases_of(found: Iterable[Vector], folder: Path, upstream: Upstream) -> Mapping[str, Case]:
    """By vector id."""
    return {vector.id: case_of(vector, folder, upstream) for vector in found}

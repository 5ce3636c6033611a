"""Wire vectors as data: documents, inputs and replies, and the requests and outputs that must come of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests import ROOT

FOLDER = ROOT / "tests" / "vectors" / "wire"
RUNTIMES = ("n8n", "zapier", "make", "gateway")
KEYS = {
    "operation", "inputs", "credentials", "replies", "requests", "output", "outputs", "gateway", "files", "refused",
    "error", "all", "parameters", "overlay",
}  # fmt: skip
UNSAID: Any = object()
"""The vector says nothing of it."""


@dataclass(frozen=True)
class Vector:
    """`output` is what the step gives on n8n, Zapier and Make (`outputs` where one of them says it otherwise), a list
    where it is a list's; `gateway` is the part of /run's answer that matters. `refused`: nothing is sent. `error` is
    part of what a person reads of a failure."""

    kind: str
    name: str
    number: int
    document: Document
    operation: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, Any] = field(default_factory=dict)
    replies: Sequence[Mapping[str, Any]] = ()
    requests: Sequence[Mapping[str, Any]] = ()
    output: Any = UNSAID
    outputs: Mapping[str, Any] = field(default_factory=dict)
    gateway: Any = UNSAID
    files: Sequence[Mapping[str, Any]] | Mapping[str, Sequence[Mapping[str, Any]]] = ()
    """What it gives beside JSON, or that by runtime: Zapier asks for a file once more when it is used."""
    refused: str = ""
    error: str = ""
    all: bool = False
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Of the step itself, by runtime: n8n's `simplify`, say."""

    @property
    def id(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def key(self) -> str:
        """The service's key in the runtimes: every vector has a service of its own."""
        return f"vector{self.number}"

    def output_of(self, runtime: str) -> Any:
        return self.outputs.get(runtime, self.output)


@dataclass(frozen=True)
class Document:
    """`text` as it stands in the vectors' file, or the `path` of a document that is files of its own."""

    text: str = ""
    path: Path | None = None
    root: Path | None = None
    """The folder of all its files."""


@dataclass(frozen=True)
class Exemption:
    """A runtime that cannot do what a vector asks: `page` of the platform's documentation says so, and the build
    reports `problem` (a code) for the operation."""

    vector: str
    runtime: str
    because: str
    page: str
    problem: str


class _Loader(yaml.SafeLoader):
    """Without dates and octal numbers: a vector's `2026-01-31` is a text, its `010` a ten. JSON's words alone are
    true, false and null."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", "n~\0"),
    ("int", r"-?\d+", "-0123456789"),
    ("float", r"-?\d+\.\d+(?:[eE][-+]?\d+)?", "-0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), [*_first, ""])
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(str(node.value)))


def read_yaml(path: Path) -> list[Any]:
    return [part for part in yaml.load_all(path.read_text("utf-8"), _Loader) if part is not None]


def vectors(folder: Path = FOLDER) -> list[Vector]:
    """All of them, by kind, file and place. Raises ValueError where one is written wrong."""
    found: list[Vector] = []
    for path in sorted(folder.glob("*/*.yaml")):
        for part in read_yaml(path):
            found += _of(path, part, len(found))
    names = [vector.id for vector in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"vectors of one name: {sorted(twice)}")
    return found


def _of(path: Path, part: Mapping[str, Any], number: int) -> Iterator[Vector]:
    if unknown := part.keys() - {"document", "file", "vectors"}:
        raise ValueError(f"{path.name}: unknown {sorted(unknown)}")
    file = Path(part.get("file", ""))
    document = Document(part.get("document", ""))
    if "file" in part:
        document = Document(path=path.parent / file, root=path.parent / file.parts[0])
    for place, (name, told) in enumerate(part["vectors"].items()):
        if unknown := told.keys() - KEYS:
            raise ValueError(f"{path.name}: {name}: unknown {sorted(unknown)}")
        if not told.get("requests") and not told.get("refused") and not told.get("error"):
            raise ValueError(f"{path.name}: {name}: says neither a request nor that there is none")
        yield Vector(kind=path.parent.name, name=name, number=number + place, document=document, **told)


def exemptions() -> list[Exemption]:
    path = FOLDER / "exemptions.yaml"
    return [Exemption(**told) for part in read_yaml(path) for told in part]

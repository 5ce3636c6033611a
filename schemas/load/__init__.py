"""Raw OpenAPI to the model. Only this package knows what a document looks like.

Lenient: one bad operation never costs the others; a document is refused (SpecloomError) only when nothing can be
read from it. Everything that is repaired, guessed or left out is a Problem of the service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from specloom.schemas.document.extension import extension
from specloom.schemas.document.node import Node
from specloom.schemas.document.reading.fetch import is_url
from specloom.schemas.document.reading.reach import ReferenceScope
from specloom.schemas.document.refs import Refs
from specloom.schemas.document.reporter import Reporter
from specloom.schemas.document.source import Source
from specloom.schemas.document.versions.swagger2 import upgrade
from specloom.schemas.document.versions.version32 import additional_operations, tell_of_tags
from specloom.schemas.load.access.requirements import METHODS
from specloom.schemas.load.access.security import auths
from specloom.schemas.load.fields.schema import Shapes
from specloom.schemas.load.links import tie
from specloom.schemas.load.operations import OperationMaker
from specloom.schemas.load.service import (
    connection_of,
    errors_of,
    key_of,
    rate_limit_of,
    resources_of,
    servers_of,
    signature_of,
    tell_of_gaps,
)
from specloom.schemas.load.triggers import triggers
from specloom.schemas.model import Auth, Operation, PackageOwner, Service
from specloom.schemas.model.service import first_safe_read
from specloom.schemas.naming.operations import named
from specloom.schemas.problems import Location, Problem, SpecloomError
from specloom.schemas.text import clean, humanize, one_line, path_template, words

if TYPE_CHECKING:
    from specloom.schemas.document.overlay import Overlay

_USABLE_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-/]{0,120}\Z")
_USUAL = ReferenceScope()
PROVIDERS = Path(__file__).parent.parent / "providers"


class Loaded(Struct, frozen=True):
    service: Service
    path: Path | str
    """Of the file; or the URL, after redirects."""
    source: Source
    """What was read, with the overlays laid over it."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.service.problems


def bundled() -> dict[str, Path]:
    """The documents that come with Specloom, by key, sorted."""
    return {path.name.removesuffix(".openapi.yaml"): path for path in sorted(PROVIDERS.glob("*.openapi.yaml"))}


def gateway_document() -> Path:
    """The contract of our own gateway, which becomes connectors as any other does."""
    return PROVIDERS.parent / "gateway.openapi.yaml"


def source_of(path: str | Path, reach: ReferenceScope = _USUAL) -> Source:
    """The parsed document: of a file, a folder that holds one, or a URL; `reach` says where its references may lead.
    Raises SpecloomError."""
    return Source(path if isinstance(path, str) and is_url(path) else find_document(Path(path)), reach=reach)


def load(path: str | Path | Source, *, key: str = "", overlays: Sequence[Overlay] = ()) -> Loaded:
    """Read one document (a file, a folder that holds one, a URL, or what is parsed already). Raises SpecloomError when
    nothing can be read. `key` names the service where the document does not; `overlays` are laid over it first."""
    source = path if isinstance(path, Source) else source_of(path)
    problems = _overlaid(source, overlays)
    return Loaded(with_problems(load_source(source, key), problems), source.path, source)


def _overlaid(source: Source, overlays: Sequence[Overlay]) -> tuple[Problem, ...]:
    if not overlays:
        return ()
    from specloom.schemas.document.overlay import apply_all  # it needs JSONPath, which most runs do not

    return apply_all(source, overlays)


def find_document(path: Path) -> Path:
    """The file itself, or the one document in a folder."""
    if not path.is_dir():
        return path
    names = [p for p in sorted(path.iterdir()) if p.suffix in (".yaml", ".yml", ".json") and p.is_file()]
    likely = [p for p in names if re.search(r"openapi|swagger", p.name, re.I)] or names
    if not likely:
        hint = "give a YAML or JSON file"
        raise SpecloomError("no OpenAPI document in this folder", hint=hint, location=Location(str(path)))
    if len(likely) > 1:
        listed = ", ".join(p.name for p in likely[:5])
        raise SpecloomError(
            f"several documents in this folder: {listed}", hint="name one", location=Location(str(path))
        )
    return likely[0]


def _nothing(source: Source, report: Reporter) -> SpecloomError:
    """No operation was found; where references lead nowhere, that is why."""
    lost = [problem for problem in report.problems if problem.code.startswith("ref-")]
    if not lost:
        hint = "it has no usable path under 'paths' and no webhook"
        return SpecloomError("no operation in this document", hint=hint, location=Location(source.name, 1))
    more = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
    told = f"no operation in this document: {lost[0].message}{more}"
    return SpecloomError(told, hint=lost[0].hint, location=Location(source.name, lost[0].location.line or 1))


def load_source(source: Source, key: str = "") -> Service:
    report = Reporter()
    refs = Refs(source, report)
    root = _root(source, refs, report)
    shapes = Shapes(refs)
    block = extension(root, "root", report)
    tell_of_tags(root, report)
    tell_of_gaps(root, block, report)
    ways, asked = auths(root, refs, report)
    maker = OperationMaker(root, refs, shapes, report, ways, asked)
    known = _operations(root, refs, maker, report)
    operations = tie(_named(known), report, source.name)
    nodes = {operation.operation_id: (operation, known[operation.operation_id][1]) for operation in operations}
    signature = signature_of(block.get("webhook_signature"))
    found = triggers(maker, nodes, signature)
    if not operations and not found:
        raise _nothing(source, report)
    info = root.get("info")
    usual = ways[0] if ways else Auth()
    by_id = {operation.operation_id: operation for operation in operations}
    return Service(
        key=key or key_of(root, block),
        title=one_line(block.get("title") or info.text("title"), 60) or humanize(key_of(root, block)),
        description=clean(info.text("description")),
        version=one_line(_version(info)),
        contact=one_line(info.get("contact").text("email") or info.get("contact").text("url"), 300),
        owner=_owner(block.get("package"), info),
        docs_url=one_line(root.get("externalDocs").text("url"), 300),
        servers=servers_of(root, report),
        auth=usual,
        other_auths=ways[1:],
        connection=connection_of(root, block.get("connection"), by_id, report) or first_safe_read(operations, usual),
        errors=errors_of(root, block.get("errors"), report),
        rate_limit=rate_limit_of(root, block.get("rate_limit"), report),
        signature=signature,
        resources=resources_of(root, operations),
        operations=operations,
        triggers=found,
        problems=(*(fault for opened in refs.sources for fault in _faults(opened)), *report.problems),
    )


def _owner(given: Any, info: Node) -> PackageOwner:
    """As x-specloom.package says, which the schema has checked; else whom the document names as its contact."""
    told = given if isinstance(given, Mapping) else {}
    contact = info.get("contact")
    usual = {"author": one_line(contact.text("name"), 100), "email": one_line(contact.text("email"), 200)}
    return PackageOwner(**{**usual, **{name: one_line(value, 300) for name, value in told.items()}})


def _named(known: Mapping[str, tuple[Operation, Node]]) -> tuple[Operation, ...]:
    given = {name for name, (_, node) in known.items() if node.get("x-specloom").text("name")}
    return named([operation for operation, _ in known.values()], given)


def _faults(source: Source) -> list[Problem]:
    return [
        Problem("warning", fault.code, fault.message, "correct it", Location(source.name, fault.line))
        for fault in source.faults
    ]


def _version(info: Node) -> str:
    version = info.value.get("version") if isinstance(info.value, dict) else ""
    return version if isinstance(version, str) else "" if version is None else str(version)


def _root(source: Source, refs: Refs, report: Reporter) -> Node:
    raw = source.root
    if "swagger" not in raw and "openapi" not in raw and not {"paths", "webhooks"} & raw.keys():
        hint = "it needs 'openapi: 3.x' or 'swagger: \"2.0\"' at its top"
        raise SpecloomError("not an OpenAPI document", hint=hint, location=Location(source.name, 1))
    if str(raw.get("swagger", "")).startswith("2"):
        return Node(upgrade(raw, lambda part: refs.follow(Node(part, source)).value), source)
    version = str(raw.get("openapi", ""))
    if not version.startswith(("3.0", "3.1", "3.2")):
        report.warn(
            Node(raw, source),
            "version",
            f"version {version[:20]!r} is read like 3.1",
            "known: 2.0, 3.0, 3.1, 3.2",
        )
    return Node(raw, source)


def _operations(root: Node, refs: Refs, maker: OperationMaker, report: Reporter) -> dict[str, tuple[Operation, Node]]:
    result: dict[str, tuple[Operation, Node]] = {}
    for path, item in root.get("paths").items():
        item = refs.follow(item)
        for method, node in (*item.items(), *additional_operations(item, METHODS, report)):
            if method.lower() not in METHODS or not isinstance(node.value, dict):
                continue
            if not path.startswith("/"):
                report.warn(node, "path", f"path {path[:60]!r} does not begin with '/'", "read as if it did")
            template = path_template("/" + path.lstrip("/"))
            if "/:" in path and template != path:
                report.warn(node, "path", f"{path[:100]!r} is read as {template[:100]!r}", "write parameters as {name}")
            operation_id = _operation_id(node, path, method, result, report)
            try:
                operation = maker.make(operation_id, template, method.lower(), item, node)
            except (AttributeError, TypeError, ValueError, KeyError, IndexError, RecursionError) as error:
                report.operation = ""
                report.error(node, "operation", f"{method.upper()} {path} cannot be read: {error}", "left out")
                continue
            result[operation_id] = (operation, node)
    return result


def _operation_id(
    node: Node, path: str, method: str, taken: dict[str, tuple[Operation, Node]], report: Reporter
) -> str:
    """The document's operationId, repaired where it is missing, odd or used twice."""
    given = node.text("operationId").strip()
    name = given if _USABLE_ID.match(given) else ""
    if not name:
        name = _camel([method, *words(path.replace("{", " by ").replace("}", " "))])
        if given:
            report.warn(
                node,
                "operation-id",
                f"operationId {given[:60]!r} is used as {name!r}",
                "use letters, digits and _",
            )
    if name in taken:
        unique = _camel([*words(name), *words(path), method])
        while unique in taken:
            unique += "2"
        report.warn(node, "operation-id", f"operationId {name!r} is used twice", f"this one is {unique!r}")
        name = unique
    return name


def _camel(parts: list[str]) -> str:
    parts = [re.sub(r"[^A-Za-z0-9]", "", part) for part in parts]
    parts = [part for part in parts if part]
    return (parts[0].lower() + "".join(p[:1].upper() + p[1:] for p in parts[1:]))[:80] if parts else "call"


def with_problems(service: Service, problems: tuple[Problem, ...]) -> Service:
    return replace(service, problems=(*service.problems, *problems))

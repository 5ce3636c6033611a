"""Ties operations together: poll and download links get the target's input names, dangling ones are reported."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from specloom.schemas.document.reporter import Reporter
from specloom.schemas.load.lifecycle import success_links
from specloom.schemas.model import Field, Link, Operation
from specloom.schemas.problems import Location, Problem


def tie(operations: tuple[Operation, ...], report: Reporter, file: str) -> tuple[Operation, ...]:
    known = {operation.operation_id: operation for operation in operations}
    by_place = {operation.pointer: operation for operation in operations}
    optional: dict[int, tuple[Field, ...]] = {}

    def dangling(operation: Operation, message: str) -> None:
        place = Location(file, 0, operation.pointer, operation.operation_id)
        report.add(Problem("error", "link", message, "name an operationId of this document", place))

    def named(operation: Operation, link: Link) -> Link | None:
        if (target := known.get(link.operation_id) or by_place.get(link.operation_id)) is None:
            dangling(operation, f"link {link.name!r} leads to no operation {link.operation_id!r}")
            return None
        return replace(link, operation_id=target.operation_id, parameters=_by_field_name(link, target))

    def one(operation: Operation) -> Operation:
        if any(response.links for response in operation.responses):
            responses = tuple(
                replace(r, links=tuple(tied for link in r.links if (tied := named(operation, link))))
                for r in operation.responses
            )
            operation = replace(operation, responses=responses)
        if operation.job:
            poll = named(operation, operation.job.poll)
            operation = replace(operation, job=replace(operation.job, poll=poll) if poll else None)
        download = operation.output.download
        if download is not None:
            holder = known.get(operation.job.poll.operation_id) if operation.job else operation
            links = success_links(holder.responses) if holder else ()
            found = next((link for link in links if link.name == download.name), None)
            if found is None:
                dangling(operation, f"no reply has a link named {download.name!r} to download from")
            tied = named(operation, found) if found else None
            operation = replace(operation, output=replace(operation.output, download=tied))
        for field in _with_options(operation.fields, optional):
            if field.options and field.options.operation_id not in known:
                dangling(operation, f"the options of {field.name!r} come from no operation of this document")
        return _cured(operation, known)

    return tuple(map(one, operations))


def _cured(operation: Operation, known: Mapping[str, Operation]) -> Operation:
    """Options that lead nowhere are dropped: the field is then a plain one."""
    if not any(f.options and f.options.operation_id not in known for f in operation.fields):
        return operation
    fields = tuple(
        replace(f, options=None) if f.options and f.options.operation_id not in known else f for f in operation.fields
    )
    return replace(operation, fields=fields)


def _with_options(fields: tuple[Field, ...], known: dict[int, tuple[Field, ...]]) -> tuple[Field, ...]:
    """Those whose values an operation lists, at any depth. Operations share their fields: each is looked at once."""
    found: tuple[Field, ...] = ()
    for field in fields:
        inner = known.get(id(field))
        if inner is None:
            inner = ((field,) if field.options else ()) + _with_options(field.fields, known)
            known[id(field)] = inner
        found += inner
    return found


def _by_field_name(link: Link, target: Operation) -> dict[str, object]:
    """Link parameters may say 'path.id' or 'id', by wire name."""
    result: dict[str, object] = {}
    for key, value in link.parameters.items():
        place, _, rest = key.partition(".")
        location, wire = (place, rest) if rest and place in ("path", "query", "header", "cookie") else ("", key)
        for field in target.fields:
            pointers = (wire, f"/{wire}")
            if field.pointer in pointers and field.location in (location or field.location, "selector"):
                result[field.name] = value
                break
        else:
            result[wire] = value
    return result

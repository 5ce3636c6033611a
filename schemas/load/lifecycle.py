"""What an operation does beyond one call: its result, job, pages, usage, callbacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from specloom.schemas.document.extension import expression
from specloom.schemas.document.node import Node
from specloom.schemas.document.reporter import Reporter
from specloom.schemas.expressions import Expression
from specloom.schemas.load.fields.schema import Shapes
from specloom.schemas.load.responses import Responses
from specloom.schemas.model import Job, Link, Operation, Output, Pagination, Response, Usage
from specloom.schemas.model.operations import PAGE_SIGNS

_RESULT = (
    "url text id request_id content_type file_name file_size width height duration preview_url item_id "
    "expires_at status success"
).split()


class Behaviour:
    def __init__(self, shapes: Shapes, report: Reporter, responses: Responses) -> None:
        self.shapes = shapes
        self.report = report
        self.responses = responses

    def of(self, operation: Operation, node: Node, block: Mapping[str, Any]) -> Operation:
        if not block:
            return operation
        place = node.get("x-specloom")
        return replace(
            operation,
            output=self._output(operation, block.get("result"), place.get("result")),
            pagination=self._pagination(operation, block.get("pagination"), place.get("pagination")),
            job=self._job(operation, node, block),
            usage=self._usage(block.get("usage"), place.get("usage")),
            duration=block.get("duration"),
        )

    def _output(self, operation: Operation, result: Any, place: Node) -> Output:
        output = operation.output
        if not result:
            return output
        mapping = {
            key: parsed
            for key in _RESULT
            if key in result and (parsed := expression(result[key], place.get(key), self.report)) is not None
        }
        return replace(
            output,
            type=result["type"],
            items=expression(result.get("items"), place.get("items"), self.report),
            mapping=mapping,
            download=self._link(operation, result.get("download"), place),
        )

    def _link(self, operation: Operation, name: Any, place: Node) -> Link | None:
        """The named link of a success reply. A job's download link stands on the poll's reply: tied in links.py."""
        if not name:
            return None
        for response in operation.responses:
            for link in response.links:
                if response.ok and link.name == name:
                    return link
        return Link(name=name, operation_id="")

    def _job(self, operation: Operation, node: Node, block: Mapping[str, Any]) -> Job | None:
        job = block.get("job")
        if not job:
            return None
        place = node.at("x-specloom", "job")
        poll = self._link(operation, job["poll"], place)
        status = expression(job["status"], place.get("status"), self.report)
        if poll is None or not poll.operation_id or status is None:
            self.report.error(
                place,
                "job",
                f"no success reply has a link named {job['poll']!r}",
                "add it under responses.links",
            )
            return None
        callback = block.get("callback", "")
        return Job(
            poll=poll,
            status=status,
            succeeded=tuple(job["succeeded"]),
            failed=tuple(job.get("failed") or ()),
            canceled=tuple(job.get("canceled") or ()),
            queued=tuple(job.get("queued") or ()),
            error=expression(job.get("error"), place.get("error"), self.report),
            interval=job.get("interval", 3),
            timeout=job.get("timeout", 600),
            callback=callback,
            callback_field=self.callback_field(operation, node, callback) if callback else "",
        )

    def callback_field(self, operation: Operation, node: Node, name: str) -> str:
        """The input whose value is the callback's URL; '' (and a problem) where none is."""
        for key, _ in self.responses.refs.follow(node.at("callbacks", name)).items():
            parsed = expression(key, node.get("callbacks"), self.report)
            for reference in parsed.references if parsed else ():
                for field in operation.fields:
                    pointer = "/" + "/".join(reference.path)
                    if reference.root == "request.body" and field.location == "body" and field.pointer == pointer:
                        return field.name
                    if (
                        reference.root == "request.query"
                        and field.location == "query"
                        and field.pointer in reference.path
                    ):
                        return field.name
        self.report.error(
            node.get("callbacks"), "callback", f"callback {name!r} is on no input", "its key must be an input"
        )
        return ""

    def _pagination(self, operation: Operation, block: Any, place: Node) -> Pagination | None:
        if not block:
            return None
        items = expression(block["items"], place.get("items"), self.report)
        names = {field.pointer: field.name for field in operation.fields if field.location != "body"}
        names |= {field.pointer.removeprefix("/"): field.name for field in operation.fields if field.location == "body"}
        unknown = [block[key] for key in ("parameter", "size_parameter") if key in block and block[key] not in names]
        if unknown or items is None:
            self.report.error(
                place,
                "pagination",
                f"no input named {', '.join(unknown)}",
                "name a parameter of the operation",
            )
            return None
        return Pagination(
            style=block["style"],
            items=items,
            parameter=names.get(block.get("parameter", ""), ""),
            size_parameter=names.get(block.get("size_parameter", ""), ""),
            next=expression(block.get("next"), place.get("next"), self.report),
            start=block.get("start"),
            **{key: expression(block.get(key), place.get(key), self.report) for key in PAGE_SIGNS},
        )

    def _usage(self, block: Any, place: Node) -> Usage | None:
        if not block:
            return None
        return Usage(
            cost=self.number(block.get("cost"), place.get("cost")),
            unit=block.get("unit", ""),
            remaining=expression(block.get("remaining"), place.get("remaining"), self.report),
        )

    def number(self, value: Any, place: Node) -> float | Expression | None:
        return value if isinstance(value, (int, float)) else expression(value, place, self.report)


def success_links(responses: tuple[Response, ...]) -> tuple[Link, ...]:
    return tuple(link for response in responses if response.ok for link in response.links)

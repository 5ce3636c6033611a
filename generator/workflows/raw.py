"""Where a vendor's own reply holds what the normalized result calls image_url, items or id: for plain HTTP requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from specloom.generator.workflows.source.schemas import reply_of
from specloom.schemas.expressions import Exchange, Expression, Reference, evaluate
from specloom.schemas.model import URL_FIELDS, Operation, Service
from specloom.schemas.steps.output import DETAILS


class NoRawPlace(ValueError):
    """A plain HTTP request does not give this; `str()` says what."""


class Spelling(Protocol):
    """How a platform writes what is read from a reply."""

    def member(self, base: str, steps: Sequence[str | int], *, sure: bool = True) -> str:
        """The value at a path. `sure`: `base` itself is there."""

    def element(self, items: str, index: int) -> str:
        """An element of a list."""

    def quote(self, value: Any) -> str:
        """A constant."""

    def joined(self, parts: Sequence[str]) -> str:
        """Texts one after the other."""

    def origin(self, url: str) -> str:
        """Scheme and host of an address."""


class RawReply:
    """Reads results of one operation out of its reply, as a platform spells it. `base` stands for the reply's body,
    `root` for the service's base URL."""

    def __init__(self, service: Service, operation: Operation, root: str, spelling: Spelling) -> None:
        self.spelling = spelling
        self.service = service
        self.operation = operation
        self.reply = reply_of(service, operation)
        self.root = root

    def script(self, base: str, steps: Sequence[str | int]) -> str:
        """A field of the normalized result. Raises NoRawPlace."""
        output = self.reply.output
        head, rest = (steps[0], tuple(steps[1:])) if steps else ("", ())
        flat = "text" if output.type == "text" else URL_FIELDS.get(output.type, "")
        constants = {"success": True, "status": "succeeded", "type": output.type, "service": self.service.key}
        if head == "raw":
            return self.spelling.member(base, _keys(rest))
        if head == flat and head:
            return self._item(base, 0, "text" if flat == "text" else "url")
        if head == "items" and len(rest) == 2 and isinstance(rest[0], int):
            return self._item(base, rest[0], str(rest[1]))
        if head in DETAILS and not rest:
            return self._item(base, 0, str(head))
        if head in constants:
            return self.spelling.quote(constants[str(head)])
        if head == "usage" and rest:
            return self._usage(base, str(rest[0]))
        expression = output.mapping.get(str(head))
        if expression is None or rest:
            raise NoRawPlace(f"the reply to {self.operation.operation_id} does not hold {'.'.join(map(str, steps))!r}")
        return self.translate(expression, base)

    def element(self, base: str, steps: Sequence[str | int]) -> str:
        """The same for an element of the result's items, which a loop goes through. Raises NoRawPlace."""
        if len(steps) != 1:
            raise NoRawPlace(f"an item has no {'.'.join(map(str, steps))!r}")
        return self._field(base, str(steps[0]), base)

    def list_path(self) -> str:
        """Where the reply holds its items, with dots. Raises NoRawPlace."""
        items = self.reply.output.items
        reference = items.reference if items else None
        if reference is None or reference.root != "response.body" or not reference.path:
            raise NoRawPlace(f"the reply to {self.operation.operation_id} holds no list")
        return ".".join(reference.path)

    def _item(self, base: str, index: int, field: str) -> str:
        output = self.reply.output
        if output.items is None:
            if index:
                raise NoRawPlace(f"{self.operation.operation_id} gives one item only")
            return self._field(base, field, base)
        return self._field(self.spelling.element(self.translate(output.items, base), index), field, base)

    def _field(self, item: str, field: str, base: str) -> str:
        output = self.reply.output
        if field == "type":
            return self.spelling.quote(output.type)
        expression = output.mapping.get("item_id" if field == "id" else field)
        if expression is None:
            raise NoRawPlace(f"the reply to {self.operation.operation_id} holds no {field!r} of an item")
        found = self.translate(expression, base, item)
        if field == "url" and self._relative():
            return self.spelling.joined([self.spelling.origin(self.root), found])
        return found

    def _relative(self) -> bool:
        """Whether the documented reply shows URLs without a host."""
        output = self.reply.output
        samples = [output.sample, *(e.value for r in self.reply.responses if r.ok for e in r.examples)]
        for sample in samples:
            exchange = Exchange(status=200, body=sample)
            listed = evaluate(output.items, exchange) if output.items else None
            first = listed[0] if isinstance(listed, list) and listed else None
            value = evaluate(output.mapping["url"], exchange, first)
            if isinstance(value, str):
                return value.startswith("/") and not value.startswith("//")
        return False

    def _usage(self, base: str, field: str) -> str:
        usage = self.operation.usage
        told = {"cost": usage.cost, "remaining": usage.remaining, "unit": usage.unit}.get(field) if usage else None
        if told is None:
            raise NoRawPlace(f"{self.operation.operation_id} does not tell usage.{field}")
        return self.translate(told, base) if isinstance(told, Expression) else self.spelling.quote(told)

    def translate(self, expression: Expression, base: str, item: str = "") -> str:
        """A runtime expression over the reply's body. Raises NoRawPlace."""
        parts = [
            self.spelling.quote(p) if isinstance(p, str) else self._reference(p, base, item) for p in expression.parts
        ]
        return parts[0] if len(parts) == 1 else self.spelling.joined(parts)

    def _reference(self, reference: Reference, base: str, item: str) -> str:
        if reference.root == "response.body":
            return self.spelling.member(base, _keys(reference.path))
        if reference.root == "item" and item:
            return self.spelling.member(item, _keys(reference.path), sure=item == base)
        raise NoRawPlace(f"{reference.root} of {self.operation.operation_id} cannot be read from a plain HTTP request")


def _keys(path: Sequence[str | int]) -> list[str | int]:
    return [int(step) if isinstance(step, str) and step.isdigit() else step for step in path]

"""What is proposed for a document: where, what, why, and how sure we are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

ProposalKind = Literal[
    "connection", "credential", "pagination", "job", "result", "options", "trigger", "subscription", "labels",
    "rate limit", "sensitive", "list",
]  # fmt: skip

CERTAIN = 0.9
"""From here on `build` applies a proposal unasked, and lists it."""


class ProposedChange(Struct, frozen=True):
    """`update` is merged into the object at `pointer` of the document, as an Overlay's action does."""

    pointer: str
    update: Mapping[str, Any]


class Proposal(Struct, frozen=True, kw_only=True):
    kind: ProposalKind
    reason: str
    confidence: float
    """0 to 1."""
    changes: tuple[ProposedChange, ...]
    operation_id: str = ""
    """'' for what concerns the whole service."""
    fields: tuple[tuple[str, str], ...] = ()
    """Of options and labels: (operationId, Field.name) of every top-level input concerned."""

    @property
    def certain(self) -> bool:
        return self.confidence >= CERTAIN

    @property
    def block(self) -> Mapping[str, Any]:
        """What it says in `x-specloom`, wherever that stands."""
        for change in self.changes:
            found: Any = change.update.get("x-specloom")
            if isinstance(found, Mapping):
                return found
        return {}

    def as_dict(self) -> dict[str, Any]:
        changes = [{"pointer": change.pointer, "update": change.update} for change in self.changes]
        return {
            "kind": self.kind,
            "operation": self.operation_id,
            "reason": self.reason,
            "confidence": round(self.confidence, 2),
            "changes": changes,
        }

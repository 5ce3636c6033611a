"""Names for bare values, where a description explains each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from specloom.schemas.infer.api import Api
from specloom.schemas.infer.places import place
from specloom.schemas.infer.proposal import Proposal, ProposedChange
from specloom.schemas.load.fields.choices import label
from specloom.schemas.model import Field
from specloom.schemas.text import one_line, title_case

_LINE = partial(
    re.compile,
    r"""^[ \t]*(?:[-*•+][ \t]*)?[`"'*]*(?P<value>[\w.\-:/]{1,40}?)[`"'*]*"""
    r"""[ \t]*(?:[-–—=:]|->|=>)[ \t]*(?P<text>\S.{0,200})$""",
    re.M,
)
_INLINE = partial(
    re.compile, r"""(?<![\w.\-])[`"']?(?P<value>[\w.\-]{1,40})[`"']?\s*[=:]\s*(?P<text>[^,;.()\n=:]{1,60})"""
)
MAX_LABEL = 60


def labels(api: Api) -> Iterator[Proposal]:
    found: dict[str, tuple[Proposal, list[tuple[str, str]]]] = {}
    for operation, _ in api.open_operations:
        for field in operation.fields:
            explained = _explained(field)
            pointer = place(api, operation, field) if explained else None
            if explained is None or pointer is None:
                continue
            names, confidence = explained
            proposal = Proposal(
                kind="labels",
                operation_id=operation.operation_id,
                reason=f"the description of {field.name!r} says what each value means",
                confidence=confidence,
                changes=(ProposedChange(pointer, {"x-specloom": {"choices": names}}),),
            )
            kept, concerned = found.setdefault(pointer, (proposal, []))
            if kept.block == proposal.block:
                concerned.append((operation.operation_id, field.name))
    for proposal, concerned in found.values():
        yield Proposal(
            kind="labels",
            operation_id=proposal.operation_id,
            reason=proposal.reason,
            confidence=proposal.confidence,
            changes=proposal.changes,
            fields=tuple(concerned),
        )


def _explained(field: Field) -> tuple[dict[str, str], float] | None:
    """Labels by value, where every one of two or more bare values is explained."""
    if len(field.choices) < 2 or not field.description or field.location == "selector":
        return None
    text = field.description[:6000]
    values = dict.fromkeys(text_of(choice.value) for choice in field.choices)
    if not all(value in text for value in values):  # which is soon seen
        return None
    if any(choice.label != label(choice.value) for choice in field.choices):
        return None
    lines, signs = text.count("\n") + 1, text.count("=") + text.count(":")
    for pattern, confidence, most in ((_LINE, 0.92, lines), (_INLINE, 0.8, signs)):
        if most < len(values):  # it cannot match as often
            continue
        told = {m["value"]: _short(m["text"]) for m in pattern().finditer(text) if m["value"] in values}
        if len(told) == len(values) and all(told.values()) and len(set(told.values())) == len(told):
            return {value: told[value] for value in values}, confidence
    return None


def text_of(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _short(text: str) -> str:
    """The explanation's first clause, short enough for a list; '' where it is not."""
    first = one_line(re.split(r"(?<=[a-z])[.;]\s|\s\(|\s[-–—]\s", text.strip())[0].strip(" .,;`*\"'"))
    return (
        (title_case(first) if len(first.split()) < 4 else first[:1].upper() + first[1:])
        if len(first) <= MAX_LABEL
        else ""
    )

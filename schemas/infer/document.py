"""Proposals as an Overlay document, for a person to review, edit and pass back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from specloom.schemas.infer.places import jsonpath
from specloom.schemas.infer.proposal import Proposal

HEAD = """\
# Review it, delete what is wrong, then add `x-specloom-reviewed: true` beside `overlay` and pass it to `specloom build`
# with --overlay: what you have deleted is then not inferred again. `specloom overlay apply` writes it into a document.
"""


def document(raw: Mapping[str, Any], name: str, proposals: Sequence[Proposal]) -> dict[str, Any]:
    """The Overlay: one action a change. It is not marked as reviewed: only a person can do that."""
    actions = [
        {
            "target": jsonpath(raw, change.pointer),
            "description": _describe(proposal),
            "x-specloom-confidence": round(proposal.confidence, 2),
            "update": change.update,
        }
        for proposal in proposals
        for change in proposal.changes
    ]
    return {
        "overlay": "1.0.0",
        "info": {"title": f"What Specloom proposes for {name}", "version": "1.0.0"},
        "actions": actions,
    }


def _describe(proposal: Proposal) -> str:
    what = f"{proposal.kind} of {proposal.operation_id}" if proposal.operation_id else proposal.kind
    return f"{what}: {proposal.reason}"


def to_yaml(value: Mapping[str, Any]) -> str:
    import yaml

    # What YAML 1.2 readers take for the same text as 1.1 ones: PyYAML quotes what either could misread.
    plain = json.loads(json.dumps(value))
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=110)
    return HEAD + re.sub(r"(?m)^- target", "\n- target", text)

"""report.json: what became of everything in a document, per platform, or why it was left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from specloom.generator.output.json_text import readable
from specloom.generator.platforms import ReviewPoint
from specloom.generator.report.coverage import Subject, account
from specloom.schemas.infer.proposal import Proposal
from specloom.schemas.problems import Problem


def report(
    subject: Subject, applied: Sequence[Proposal] = (), proposed: int = 0, ready_made: Sequence[str] = ()
) -> bytes:
    """The account of one build, as JSON text; the same for the same input. `applied` are the proposals that took
    effect unasked, `proposed` the number of those that wait for a person, `ready_made` the names of
    Specloom's own overlays that were laid over the document."""
    service = subject.service
    value = {
        "service": service.key,
        "title": service.title,
        "version": service.version,
        **account(subject),
        **({"ready_made_overlays": list(ready_made)} if ready_made else {}),
        "inferred": [_proposal(proposal) for proposal in applied],
        "proposals": proposed,
        "problems": _problems(service.problems),
        "review": {name: _review(emission.review) for name, emission in subject.emissions.items() if emission.review},
        "platform_problems": {name: _problems(emission.problems) for name, emission in subject.emissions.items()},
    }
    return readable(value)


def _review(points: Sequence[ReviewPoint]) -> dict[str, list[dict[str, str]]]:
    """What the platform's own review finds done, and what a person still has to do."""
    found: dict[str, list[dict[str, str]]] = {"met": [], "for_a_person": []}
    for point in points:
        found["met" if point.met else "for_a_person"].append({"rule": point.rule, "page": point.page})
    return found


def _proposal(proposal: Proposal) -> dict[str, Any]:
    told = proposal.as_dict()
    return {key: told[key] for key in ("kind", "operation", "reason", "confidence")} | {"says": proposal.block}


def _problems(problems: Sequence[Problem]) -> list[dict[str, str | int]]:
    """With the file's name alone: where it lies on this machine is nobody's business."""
    names = {file: PurePath(file).name for file in {problem.location.file for problem in problems}}
    return [problem.as_dict() | {"file": names[problem.location.file]} for problem in problems]

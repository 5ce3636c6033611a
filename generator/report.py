"""report.json: every operation, per platform: written as what, or left out and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from generator import Emission
from schemas.model import Service
from schemas.problems import Problem


def report(service: Service, emissions: Mapping[str, Emission]) -> bytes:
    """The account of one service, as JSON text; the same for the same input."""
    operations = [
        {
            "operation": operation.operation_id,
            "method": operation.method,
            "path": operation.path,
            "platforms": {name: _fate(emission, operation.operation_id) for name, emission in emissions.items()},
        }
        for operation in service.operations
    ]
    triggers = [
        {
            "trigger": trigger.event,
            "platforms": {name: _fate(emission, f"trigger:{trigger.event}") for name, emission in emissions.items()},
        }
        for trigger in service.triggers
    ]
    value = {
        "service": service.key,
        "title": service.title,
        "version": service.version,
        "operations": operations,
        "triggers": triggers,
        "problems": _problems(service.problems),
        "platform_problems": {name: _problems(emission.problems) for name, emission in emissions.items()},
    }
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _problems(problems: tuple[Problem, ...]) -> list[dict[str, str | int]]:
    """With the file's name alone: where it lies on this machine is nobody's business."""
    return [{**problem.as_dict(), "file": PurePath(problem.location.file).name} for problem in problems]


def _fate(emission: Emission, source: str) -> Any:
    written = [entry for entry in emission.written if entry.source == source]
    made = [{"as": entry.kind, "name": entry.name} for entry in written if entry.kind != "left out"]
    if made:
        return made
    reason = next((entry.reason for entry in written), "")
    return {"left out": reason or "the emitter gave no account of it"}

"""report.json: every operation, per platform: written as what, or left out and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from generator import Emission
from schemas.model import Service


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
        "problems": [problem.as_dict() for problem in service.problems],
        "platform_problems": {name: [p.as_dict() for p in emission.problems] for name, emission in emissions.items()},
    }
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _fate(emission: Emission, source: str) -> Any:
    written = [entry for entry in emission.written if entry.source == source]
    made = [{"as": entry.kind, "name": entry.name} for entry in written if entry.kind != "left out"]
    if made:
        return made
    reason = next((entry.reason for entry in written), "")
    return {"left out": reason or "the emitter gave no account of it"}

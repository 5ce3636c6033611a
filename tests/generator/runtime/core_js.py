"""Calls functions of generator/runtime/dist/core.js, all of a test's in one Node process."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specloom.generator.runtime.wire import folded, wire
from specloom.schemas.model import Service
from tests import ROOT
from tests.platforms import toolchain

RUNTIME = ROOT / "generator" / "runtime"
NODE = toolchain.node()
DRIVER = Path(__file__).parent / "core_driver.js"


@dataclass(frozen=True, slots=True)
class Call:
    """Arguments are JSON, frozen before the call; `service()` and `operation()` stand for what each has of its own."""

    function: str
    arguments: tuple[Any, ...]


def service(name: str) -> dict[str, Any]:
    return {"$service": name}


def operation(name: str, operation_id: str) -> dict[str, Any]:
    return {"$operation": [name, operation_id]}


def answers(services: Mapping[str, Service], calls: Sequence[Call]) -> list[dict[str, Any]]:
    """For each call {value}, or {refused: input, message} where it threw InputError, or {crash: stack}."""
    given = {
        "services": {name: folded(wire(one)) for name, one in services.items()},
        "calls": [{"function": call.function, "arguments": call.arguments} for call in calls],
    }
    command = [str(NODE), str(DRIVER), str(RUNTIME / "dist" / "core.js")]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True, timeout=60)
    answer = json.loads(done.stdout)
    assert answer["polluted"] == [] and not answer["inherited"], "a call reached a prototype"
    found: list[dict[str, Any]] = answer["answers"]
    return found

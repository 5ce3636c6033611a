"""Checks workflow JSON against the node types of a real n8n, which itself validates nothing on import."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.platforms import toolchain

SCRIPT = Path(__file__).parent / "js" / "parameter_issues.cjs"


def parameter_issues(nodes_export: Iterable[Mapping[str, Any]], workflow: Mapping[str, Any]) -> list[str]:
    """What n8n would drop from a workflow, or miss in it: unknown types, lost parameters, required ones."""
    return workflows_issues(nodes_export, [workflow])[0]


def workflows_issues(
    nodes_export: Iterable[Mapping[str, Any]],
    workflows: Sequence[Mapping[str, Any]],
) -> list[list[str]]:
    """The same for many workflows in one process (0.5 s); one list each."""
    folder = toolchain.install(toolchain.PROJECTS / "n8n")
    used = {node["type"] for workflow in workflows for node in workflow["nodes"]}
    request = {
        "n8nWorkflow": str(folder / "node_modules" / "n8n-workflow"),
        "types": [kind for kind in nodes_export if kind["name"] in used],
        "workflows": list(workflows),
    }
    done = subprocess.run(
        [toolchain.node(), SCRIPT],
        env=toolchain.environment(),
        input=json.dumps(request),
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode:
        raise RuntimeError(f"{SCRIPT.name} failed:\n{done.stderr[-4000:]}")
    result: list[list[str]] = json.loads(done.stdout)
    return result

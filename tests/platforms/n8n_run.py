"""Reads the outcome of one n8n execution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Run:
    """One finished execution, as `n8n execute` and the public API give it."""

    def __init__(self, execution: Mapping[str, Any]) -> None:
        self.raw = execution
        self.data: Mapping[str, Any] = execution["data"]["resultData"]

    @property
    def status(self) -> str:
        return str(self.raw.get("status", "unknown"))

    @property
    def error(self) -> dict[str, Any] | None:
        """The error that stopped the run, or the first that a node continued after."""
        if failure := self.data.get("error"):
            return dict(failure)
        runs = (run for runs in self.data["runData"].values() for run in runs)
        return next((dict(run["error"]) for run in runs if run.get("error")), None)

    @property
    def nodes(self) -> list[str]:
        """The nodes that ran, in the order in which they first did."""
        runs: Mapping[str, list[dict[str, Any]]] = self.data["runData"]
        return sorted(runs, key=lambda name: (runs[name][0].get("executionIndex", 0), runs[name][0]["startTime"]))

    def items(self, node: str | None = None, output: int = 0, run: int = -1) -> list[dict[str, Any]]:
        """A node's items {json, binary?, pairedItem?} at one output; by default of the node that ran last."""
        name = node or self.data.get("lastNodeExecuted") or self.nodes[-1]
        outputs = self.data["runData"][name][run].get("data", {}).get("main", [])
        return list(outputs[output] or []) if output < len(outputs) else []

    def json(self, node: str | None = None, output: int = 0, run: int = -1) -> list[dict[str, Any]]:
        return [item["json"] for item in self.items(node, output, run)]

    def __repr__(self) -> str:
        reason = (self.error or {}).get("message", "")
        return f"<Run {self.status} {self.nodes} {reason}>"


def start_node(workflow: Mapping[str, Any]) -> str:
    """The node at which a workflow starts: one that nothing leads to, a trigger rather than a sticky note."""
    targets = {
        link["node"]
        for outputs in workflow.get("connections", {}).values()
        for branches in outputs.values()
        for branch in branches
        for link in branch or []
    }
    roots = [node for node in workflow["nodes"] if node["name"] not in targets and not node.get("disabled")]
    if not roots:
        raise ValueError("every node of the workflow has a predecessor")
    kinds = ("trigger", "webhook")
    return str(next((n for n in roots if any(k in n["type"].lower() for k in kinds)), roots[0])["name"])

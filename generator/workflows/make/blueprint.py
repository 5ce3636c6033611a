"""The frame of a blueprint: what Make's import wants around the modules."""

from __future__ import annotations

from msgspec import Struct

from specloom.generator.output.json_text import Json
from specloom.schemas.problems import Problem


class WrittenScenario(Struct, frozen=True):
    """One blueprint, and what of the source Make cannot express."""

    document: Json
    problems: tuple[Problem, ...] = ()


def blueprint(name: str, description: str, flow: list[Json], *, instant: bool) -> Json:
    """The document. `instant`: it starts when something arrives, not by a schedule."""
    scenario = {
        "roundtrips": 1,
        "maxErrors": 3,
        "autoCommit": True,
        "autoCommitTriggerLast": True,
        "sequential": False,
        "confidential": False,
        "dataloss": False,
        "dlq": False,
        "freshVariables": False,
    }
    metadata = {"version": 1, "instant": instant, "scenario": scenario, "designer": {"orphans": []}}
    return {"name": name, "description": description, "flow": flow, "metadata": metadata}

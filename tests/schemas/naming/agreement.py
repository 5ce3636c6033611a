"""How often our names agree with those that people gave to the same calls: `python -m tests.schemas.naming.agreement`.

The services are halved by the hash of their keys: rules are made on one half, and the figure counts on the other.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from specloom.generator.n8n.node.steps import groups
from specloom.schemas.load import load
from tests.platforms import corpus

HANDMADE = Path(__file__).with_name("handmade.yaml")


class Agreement(Struct):
    """Of one service: how many calls were compared, and on which both names, resource and operation, agree."""

    service: str
    unseen: bool
    compared: int = 0
    agreed: int = 0
    differences: list[str] = []


def is_unseen(service: str) -> bool:
    return hashlib.sha256(service.encode()).digest()[0] % 2 == 0


def plain(name: str) -> str:
    """Case and article aside."""
    return re.sub(r"\b(?:an?|the) ", "", name.lower())


def agreements() -> list[Agreement]:
    handmade: dict[str, Any] = yaml.safe_load(HANDMADE.read_text("utf-8"))
    return [_agreement(service, told["document"], told["steps"]) for service, told in handmade.items()]


def _agreement(service: str, document: str, steps: dict[str, list[str]]) -> Agreement:
    found = Agreement(service, is_unseen(service))
    ours = {
        f"{step.operation.method} {step.operation.path}": (group.name, step.name)
        for group in groups(load(corpus.root() / document).service)
        for step in group.steps
    }
    for call, (resource, operation) in steps.items():
        method, _, path = call.partition(" ")
        name = next(
            (ours[each] for each in ours if each == call or each.endswith(path) and each.startswith(method)), None
        )
        if name is None:
            continue
        found.compared += 1
        if plain(name[0]) == plain(resource) and plain(name[1]) == plain(operation):
            found.agreed += 1
        else:
            found.differences.append(f"{call}: {name[0]} / {name[1]}, by hand {resource} / {operation}")
    return found


def table(found: list[Agreement]) -> str:
    rows = [f"| {a.service} | {'unseen' if a.unseen else 'seen'} | {a.agreed} of {a.compared} |" for a in found]
    sums = [
        f"| all {half} | | {sum(a.agreed for a in found if a.unseen is unseen)} of "
        f"{sum(a.compared for a in found if a.unseen is unseen)} |"
        for half, unseen in (("seen", False), ("unseen", True))
    ]
    return "\n".join(["| service | half | agree |", "|---|---|--:|", *rows, *sums])


if __name__ == "__main__":
    everything = agreements()
    print(table(everything))
    for each in everything:
        print(*each.differences, sep="\n")

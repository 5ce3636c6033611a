"""All vectors in all runtimes, each batch when somebody first asks for its outcome."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.platforms.n8n import N8n
from tests.platforms.wire.compare import Outcome, differences
from tests.platforms.wire.n8n_runtime import run_n8n
from tests.platforms.wire.runtimes import Outcomes, run_gateway, run_make, run_zapier
from tests.platforms.wire.services import Case, case_of, moved
from tests.platforms.wire.upstream import Upstream
from tests.platforms.wire.vectors import RUNTIMES, Vector
from tests.platforms.zapier import Zapier


@dataclass
class Suite:
    """`wanted` is what each runtime has to run: (runtime, vectors)."""

    folder: Path
    zapier: Callable[[], Zapier]
    wanted: Mapping[str, Sequence[Vector]]
    upstream: Upstream = field(default_factory=Upstream)
    cases: dict[str, Case] = field(default_factory=dict)
    outcomes: dict[str, Outcomes] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    """Vectors without a service, and why."""

    def __post_init__(self) -> None:
        for vector in {v.id: v for found in self.wanted.values() for v in found}.values():
            text = json.dumps(vector.replies, ensure_ascii=False)
            self.upstream.replies[vector.key] = json.loads(moved(text, vector, self.upstream))
            try:
                self.cases[vector.id] = case_of(vector, self.folder / "documents", self.upstream)
            except Exception as error:  # each such vector fails by itself
                self.broken[vector.id] = f"{type(error).__name__}: {error}"

    def of(self, vector: Vector, runtime: str) -> list[str]:
        """What the runtime does otherwise than the vector says."""
        if vector.id in self.broken:
            return [self.broken[vector.id]]
        found = self.outcome(vector, runtime)
        return differences(self.cases[vector.id], runtime, self.upstream.calls(runtime, vector.key), found)

    def outcome(self, vector: Vector, runtime: str) -> Outcome:
        if runtime not in self.outcomes:
            self.upstream.begin(runtime)
            self.outcomes[runtime] = self.run(runtime)
        return self.outcomes[runtime][vector.id]

    def run(self, runtime: str) -> Outcomes:
        cases = [self.cases[v.id] for v in self.wanted[runtime] if v.id in self.cases]
        folder = self.folder / runtime
        if runtime == "gateway":
            return run_gateway(cases, folder)
        if runtime == "make":
            return run_make(cases)
        if runtime == "zapier":
            return run_zapier(cases, self.zapier(), folder)
        with N8n() as n8n:
            return run_n8n(cases, n8n, folder)


MARKS = {"pass": "✓", "fail": "✗", "exempt": "–"}


def matrix(results: Mapping[str, Mapping[str, str]]) -> str:
    """The table vector × runtime in Markdown; `results` by vector and runtime: pass, fail or exempt."""
    head = f"| vector | {' | '.join(RUNTIMES)} |\n|---|{':-:|' * len(RUNTIMES)}\n"
    rows = "".join(
        f"| {name.replace('|', '∣')} | {' | '.join(MARKS.get(told.get(r, ''), '') for r in RUNTIMES)} |\n"
        for name, told in results.items()
    )
    kinds = sorted({name.partition("/")[0] for name in results})
    counts = ", ".join(f"{kind} {sum(name.startswith(f'{kind}/') for name in results)}" for kind in kinds)
    summary = ", ".join(
        f"{runtime} {sum(told.get(runtime) == 'pass' for told in results.values())}" for runtime in RUNTIMES
    )
    return f"# Wire vectors\n\n{len(results)} vectors ({counts}); passed: {summary}.\n\n{head}{rows}"

"""Real documents through renderers that others wrote (widdershins, Redoc, openapi-to-postman) and curl lines, and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.draft.renderings import ENDINGS, KINDS, Outcome, chosen, measure, out_of, render


def measured(documents: Sequence[Path], folder: Path) -> dict[str, Outcome]:
    render(documents, folder)
    totals = {kind: Outcome(kind) for kind in KINDS}
    for kind, total in totals.items():
        for document in documents:
            rendering = Path(f"{out_of(document, folder)}.{ENDINGS[kind]}")
            if not rendering.exists():
                continue
            one = measure(rendering, document)
            total.operations += one.operations
            total.operations_found += one.operations_found
            total.parameters += one.parameters
            total.parameters_found += one.parameters_found
            total.missed += one.missed
            total.uncited += one.uncited
    return totals


def judge(totals: dict[str, Outcome]) -> None:
    for kind, total in totals.items():
        assert total.operations > 20, kind
        assert total.operations_found >= 0.95 * total.operations, (kind, total.missed[:10])
        assert total.parameters_found >= 0.90 * total.parameters, (kind, total.missed[:10])
        assert total.uncited == [], (kind, total.uncited[:10])


def test_twenty_documents_come_back(tmp_path: Path) -> None:
    judge(measured(chosen(20), tmp_path))


@pytest.mark.soak
def test_a_hundred_documents_come_back(tmp_path: Path) -> None:
    judge(measured(chosen(100, "soak"), tmp_path))


def table(totals: dict[str, Outcome]) -> str:
    """As benchmarks/results/draft.md keeps it: `python -m tests.draft.test_renderings` prints it for the hundred."""
    rows = [
        f"| {kind} | {total.operations_found} of {total.operations} | {total.parameters_found} of {total.parameters} | {len(total.uncited)} |"
        for kind, total in totals.items()
    ]
    return "\n".join(["| rendering | operations | parameters | uncited |", "|---|--:|--:|--:|", *rows])


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        print(table(measured(chosen(100, "soak"), Path(folder))))

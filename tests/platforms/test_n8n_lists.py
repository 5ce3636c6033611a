"""Return All and Limit in a real n8n: lists longer than a page, in every style the services have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from specloom.connector.emulator import EmulatorServer
from specloom.schemas.load import load
from tests import SHOWCASE
from tests.platforms.conftest import Servers
from tests.platforms.n8n_nodes import SERVICES, Nodes, workflow, write_package
from tests.platforms.n8n_run import Run

LISTED = {**SERVICES, "showcase": load(SHOWCASE).service}
ITEMS = 1050
"""More than the largest page: Tengr.ai gives 500 at once, MayanIO 100, the showcase 50."""
CASES = [("mayanio", "listProjects", 100), ("tengrai", "listArtworks", 500), ("showcase", "listSongs", 50)]
"""Page numbers, offsets and cursors."""


@pytest.fixture(scope="module")
def nodes(n8n: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("n8n-lists")
    server = n8n(*(write_package(LISTED[key], folder / key) for key, _, _ in CASES))
    emulator = EmulatorServer([LISTED[key] for key, _, _ in CASES], items=ITEMS).start()
    yield Nodes(server, emulator, LISTED)
    emulator.stop()


def run(nodes: Nodes, key: str, operation_id: str, **more: Any) -> Run:
    nodes.emulator.emulator.clear()
    return nodes.n8n.run(workflow(nodes.node(key, operation_id, {}, **more)))


@pytest.mark.parametrize(("key", "operation_id", "page"), CASES)
def test_return_all_crosses_pages(nodes: Nodes, key: str, operation_id: str, page: int) -> None:
    ids = [item["id"] for item in run(nodes, key, operation_id, returnAll=True).json()]
    assert len(ids) == len(set(ids)) == ITEMS
    calls = nodes.emulator.emulator.calls(operation_id)
    assert len(calls) in (-(-ITEMS // page), -(-ITEMS // page) + 1)
    assert {call.inputs["limit"] for call in calls} == {page}


@pytest.mark.parametrize(("key", "operation_id", "page"), CASES)
def test_a_limit_within_the_second_page(nodes: Nodes, key: str, operation_id: str, page: int) -> None:
    ids = [item["id"] for item in run(nodes, key, operation_id, limit=page + 7).json()]
    assert len(ids) == len(set(ids)) == page + 7
    assert len(nodes.emulator.emulator.calls(operation_id)) == 2


@pytest.mark.parametrize(("key", "operation_id", "page"), CASES)
def test_a_small_limit_asks_for_no_more(nodes: Nodes, key: str, operation_id: str, page: int) -> None:
    assert len(run(nodes, key, operation_id, limit=7).json()) == 7
    (call,) = nodes.emulator.emulator.calls(operation_id)
    assert call.inputs["limit"] == 7

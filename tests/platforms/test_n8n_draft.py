"""Nodes built from drafts of the services' pages alone, run by a real n8n against the emulated services."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from specloom.connector.emulator import EmulatorServer
from specloom.schemas.draft import draft, opened
from specloom.schemas.infer import applied, certain, propose
from specloom.schemas.load import load
from specloom.schemas.model import Service
from tests.draft.pages import PAGES, needs_pages
from tests.platforms.conftest import Servers
from tests.platforms.n8n_nodes import SERVICES, Nodes, workflow, write_package

KEYS = ("tuen", "tuneforge")
pytestmark = needs_pages


def drafted(key: str, folder: pytest.TempPathFactory) -> Service:
    """The service as its page tells it, with what is certain inferred, as `build` does it."""
    path = folder.mktemp(key) / f"{key}.yaml"
    path.write_text(draft(opened([str(PAGES / f"{key}.txt")])).text, "utf-8")
    loaded = load(path)
    return applied(loaded.service, certain(propose(loaded)))


class DraftedNodes(Nodes):
    def credential_data(self, key: str, secret: str = "", **more: str) -> dict[str, str]:
        """A draft of tuen knows its host only: its paths are whole."""
        data = super().credential_data(key, secret, **more)
        return {**data, "baseUrl": data["baseUrl"].removesuffix("/api/services")}


@pytest.fixture(scope="module")
def nodes(n8n: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DraftedNodes]:
    services = {key: drafted(key, tmp_path_factory) for key in KEYS}
    folder = tmp_path_factory.mktemp("n8n-draft")
    server = n8n(*(write_package(services[key], folder / key) for key in KEYS))
    emulator = EmulatorServer([SERVICES[key] for key in KEYS], polls=2, job_seconds=0.4).start()
    yield DraftedNodes(server, emulator, services)
    emulator.stop()


def operation(nodes: DraftedNodes, key: str, path: str) -> str:
    return next(o.operation_id for o in nodes.services[key].operations if path in o.path)


def test_the_draft_of_tuen_makes_an_image(nodes: DraftedNodes) -> None:
    node = nodes.node("tuen", operation(nodes, "tuen", "image_gen"), downloadResult=True)
    outcome = nodes.n8n.run(workflow(node))
    assert outcome.status == "success", outcome.error
    (item,) = outcome.items()
    assert item["json"]["image_url"]
    assert item["binary"]["data"]["mimeType"] == "image/webp"


def test_the_draft_of_tuneforge_makes_an_audio_file(nodes: DraftedNodes) -> None:
    """Starts a generation, waits for it by the inferred states, then downloads the track."""
    nodes.emulator.emulator.clear()
    start = nodes.node("tuneforge", operation(nodes, "tuneforge", "generate"), output="raw")
    fetch = nodes.node(
        "tuneforge", operation(nodes, "tuneforge", "audio"), {"file": "={{ $json.tracks[0].track_id }}.wav"}
    )
    outcome = nodes.n8n.run(workflow(start, {**fetch, "name": "Fetch"}))
    assert outcome.status == "success", outcome.error
    assert len(nodes.emulator.emulator.calls("getMusicStatus")) >= 2
    (item,) = outcome.items()
    assert next(iter(item["binary"].values()))["mimeType"].startswith("audio/")

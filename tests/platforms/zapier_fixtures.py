"""The workshop's app and its stand-in as fixtures: a plugin for the test modules that name it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from specloom.schemas.load import load
from specloom.schemas.model import Service
from tests.platforms.zapier_apps import write_app
from tests.platforms.zapier_workshop import DOCUMENT, StandIn


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    stand_in = StandIn()
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Service:
    path = tmp_path_factory.mktemp("workshop") / "workshop.yaml"
    path.write_text(DOCUMENT)
    return load(path).service


@pytest.fixture(scope="module")
def workshop_app(workshop: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_app(workshop, tmp_path_factory.mktemp("apps") / "workshop")

"""Platforms written for side by side: the same files as one after the other, and failures in one line."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from specloom.generator import executor, pipeline
from specloom.generator.output.staging import StagingArea
from specloom.generator.pipeline import BuildRequest, Built, build
from specloom.generator.platforms import EMITTERS, Emission, EmitOptions
from specloom.generator.platforms import emitter as emitter_of
from specloom.schemas.load import PROVIDERS, load
from specloom.schemas.model import Service
from specloom.schemas.problems import SpecloomError
from tests.generator.output.test_writer import tree

DOCUMENT = PROVIDERS / "tengrai.openapi.yaml"
needs_fork = pytest.mark.skipif(
    not executor._can_fork(), reason="needs Linux and two processors: only there processes are forked"
)


def built(out: Path, strict: bool = False) -> Built:
    request = BuildRequest(out=out, platforms=tuple(EMITTERS), strict=strict)
    (found,) = (stage for stage in build(DOCUMENT, request) if isinstance(stage, Built))
    return found


@needs_fork
def test_side_by_side_gives_the_same_as_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "WORTH_IT", 10**9)
    one = built(tmp_path / "one")
    monkeypatch.setattr(executor, "WORTH_IT", 0)
    other = built(tmp_path / "other")
    assert (one.problems, one.steps, one.files) == (other.problems, other.steps, other.files)
    assert tree(tmp_path / "one") == tree(tmp_path / "other") and len(tree(tmp_path / "one")) > 100


def emitting(monkeypatch: pytest.MonkeyPatch, fault: Callable[[], None]) -> None:
    """Zapier's emitter meets a fault."""
    real = emitter_of

    def emitter(platform: str) -> Callable[[Service, EmitOptions], Emission]:
        if platform == "zapier":
            fault()
        return real(platform)

    monkeypatch.setattr(executor, "emitter", emitter)
    monkeypatch.setattr(executor, "WORTH_IT", 0)


@needs_fork
def test_a_killed_process_is_one_line_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(tmp_path)
    before = tree(tmp_path)
    emitting(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(SpecloomError, match="a process that wrote for n8n, zapier, make was ended from outside"):
        built(tmp_path)
    assert tree(tmp_path) == before


@needs_fork
def test_a_full_disk_in_another_process_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(28, os.strerror(28))

    emitting(monkeypatch, full)
    with pytest.raises(SpecloomError, match=f"cannot be written: {os.strerror(errno.ENOSPC)}"):
        built(tmp_path / "out")
    assert list(tmp_path.iterdir()) == [], "not even empty folders"


@needs_fork
def test_a_fault_of_ours_keeps_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong() -> None:
        raise KeyError("ours")

    emitting(monkeypatch, wrong)
    with pytest.raises(KeyError) as caught:
        built(tmp_path)
    assert "in wrong" in str(caught.value.__cause__)


@pytest.mark.parametrize("was_on", [True, False])
def test_the_garbage_collector_is_as_it_was_before(was_on: bool, tmp_path: Path) -> None:
    before = gc.isenabled()
    try:
        gc.enable() if was_on else gc.disable()
        with pytest.raises(SpecloomError):
            for _ in build(tmp_path / "no.yaml", BuildRequest(out=tmp_path, platforms=())):
                assert not gc.isenabled()
        assert gc.isenabled() is was_on
    finally:
        gc.enable() if before else gc.disable()


class _Circle:
    def __init__(self) -> None:
        self.own = self


@pytest.mark.parametrize("much", [True, False])
def test_what_many_documents_leave_in_circles_goes_before_the_next(
    much: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "MANY_BLOCKS", sys.getallocatedblocks() * (0 if much else 2))
    gc.disable()
    try:
        left = weakref.ref(_Circle())
        with pytest.raises(SpecloomError):
            list(build(tmp_path / "no.yaml", BuildRequest(out=tmp_path, platforms=())))
        assert (left() is None) is much
    finally:
        gc.enable()


def test_strict_leaves_no_folder(tmp_path: Path) -> None:
    assert not built(tmp_path / "new" / "out", strict=True).written
    assert list(tmp_path.iterdir()) == []


def test_a_service_of_few_operations_stays_in_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    service = load(PROVIDERS / "tuen.openapi.yaml").service
    assert len(service.operations) < executor.WORTH_IT
    places = {name: StagingArea(tmp_path / name, tmp_path / f"new {name}") for name in ("n8n", "make")}
    for place in places.values():
        place.new.mkdir()
    assert list(executor.emit_all(service, EmitOptions(), places)) == ["n8n", "make"]
    assert all(any(place.new.iterdir()) for place in places.values())

"""The collector rests while much is made, and is afterwards as it was before, whatever happened."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest

from specloom.schemas import collector
from specloom.schemas.collector import ends_soon, leave, tidy, without_collector
from specloom.schemas.load import bundled, load


@pytest.mark.parametrize("was_on", [True, False])
def test_it_is_as_it_was_before(was_on: bool) -> None:
    before = gc.isenabled()
    try:
        gc.enable() if was_on else gc.disable()
        with pytest.raises(ZeroDivisionError), without_collector():
            assert not gc.isenabled()
            raise ZeroDivisionError
        assert gc.isenabled() is was_on and not gc.get_freeze_count()
    finally:
        gc.enable() if before else gc.disable()


def test_what_is_frozen_stays_frozen() -> None:
    gc.freeze()
    try:
        with without_collector():
            pass
        assert gc.get_freeze_count()
    finally:
        gc.unfreeze()


def test_what_many_documents_leave_behind_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()
    there = sys.getallocatedblocks()
    monkeypatch.setattr(collector, "_kept", there)
    monkeypatch.setattr(collector, "GROWTH", 20_000 - there)  # as if what is there beside the documents were nothing
    path = bundled()["tuen"]
    read = [weakref.ref(load(path).source) for _ in range(40)]
    assert sum(source() is not None for source in read) < 20


class _Large:
    pass


def test_what_is_left_stays_until_the_next_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "_left", None)
    ends_soon()
    first, other = _Large(), _Large()
    held = [weakref.ref(first), weakref.ref(other)]
    leave("a test", first)
    leave("another test", other)
    del first, other
    assert all(ref() is not None for ref in held)
    leave("a test", None)
    assert [ref() is None for ref in held] == [True, False]
    monkeypatch.setattr(collector, "GROWTH", -(10**12))  # memory has grown much
    tidy()
    assert held[1]() is None


def test_a_process_that_lives_on_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "_left", None)
    large = _Large()
    held = weakref.ref(large)
    leave("a test", large)
    del large
    assert held() is None

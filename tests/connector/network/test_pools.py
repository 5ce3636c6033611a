"""Connections are kept for their owner, and for no longer than they are of use."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import urllib3

from specloom.connector.network import pools
from specloom.connector.network.pools import Pools


def test_owners_share_no_pool_and_get_their_own_again() -> None:
    kept = Pools(urllib3.PoolManager)
    one, two = kept.of("one").at("http://127.0.0.1:9"), kept.of("two").at("http://127.0.0.1:9")
    assert one is not two and kept.of("one").at("http://127.0.0.1:9") is one


def test_what_is_not_used_goes_when_another_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(pools, "time", SimpleNamespace(monotonic=lambda: now[0]))
    kept = Pools(urllib3.PoolManager)
    old = kept.of("old")
    now[0] = pools.IDLE - 1
    young = kept.of("young")
    now[0] = pools.IDLE + 1
    kept.of("new")
    assert kept.of("young") is young and kept.of("old") is not old


def test_strangers_that_invent_owners_hold_a_bounded_number_of_pools() -> None:
    kept, made = Pools(urllib3.PoolManager), 1000
    for number in range(made):
        kept.of(str(number))
    assert len(kept._owners) <= 256

"""Search modules and polling triggers of every generated Make app, against the emulated services."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.platforms.make_apps import Apps, modules, operation_of
from tests.platforms.make_emulator.app import Watch
from tests.platforms.make_emulator.errors import MakeError
from tests.support.make_services import service


@pytest.fixture(scope="module")
def apps() -> Iterator[Apps]:
    apps = Apps()
    yield apps
    apps.stop()


@pytest.mark.parametrize(("key", "name"), modules("search"))
def test_searches_page_up_to_the_limit(apps: Apps, key: str, name: str) -> None:
    app = apps.connected(key)
    every = app.run(name, {"limit": 1000})
    assert len(every) >= 45 and len({each["id"] for each in every}) == len(every)
    assert app.run(name, {"limit": 3}) == every[:3]
    interface = {line["name"] for line in app.code("module", name, "interface")}
    assert every[0].keys() <= interface
    sample = app.code("module", name, "samples")
    assert sample.keys() <= interface and sample


@pytest.mark.parametrize(("key", "name"), modules("search"))
def test_searches_really_turn_pages(key: str, name: str) -> None:
    apps = Apps(items=230)
    try:
        found = apps.connected(key).run(name, {"limit": 1000})
        pages = [call for call in apps.calls(key, name) if call.status == 200]
    finally:
        apps.stop()
    assert len(found) == 230 == len({each["id"] for each in found})
    assert len(pages) >= 3


@pytest.mark.parametrize(("key", "name"), modules("search"))
def test_searches_fail_as_steps_do(apps: Apps, key: str, name: str) -> None:
    with pytest.raises(MakeError) as caught:
        apps.special(key, "error_429").run(name, {"limit": 1})
    assert caught.value.type == "RateLimitError"


@pytest.mark.parametrize(("key", "name"), modules("trigger"))
def test_triggers_see_each_item_once(key: str, name: str) -> None:
    apps = Apps(items=5)
    found = service(key).triggers[0]
    operation = operation_of(key, found.operation_id)
    try:
        app = apps.connected(key)
        watch = Watch()
        first = app.poll(name, watch, {"limit": 100})
        assert first and app.poll(name, watch, {"limit": 100}) == []
        for field, values in found.when.items():
            assert {item[field] for item in first} <= set(values)
        apps.server.emulator.add_item(service(key).key, operation.operation_id)
        (new,) = app.poll(name, watch, {"limit": 100})
        assert new[found.dedupe] not in {item[found.dedupe] for item in first}
        again = Watch()
        assert app.poll(name, again, {"limit": 1}) == [
            min(first, key=lambda item: (item[found.order], item[found.dedupe]))
        ]
    finally:
        apps.stop()


@pytest.mark.parametrize(("key", "name"), modules("trigger"))
def test_the_epoch_offers_places_to_start(apps: Apps, key: str, name: str) -> None:
    shown = apps.connected(key).epoch(name, {"limit": 10})
    assert shown and all(each["label"] and each["date"] for each in shown)

"""Many items in one run of a real n8n: side by side, in order, and stopped where going on would cost money."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from specloom.generator.n8n.credentials.emit import credentials
from tests.platforms.batch_vendor import BatchVendor, batch_service
from tests.platforms.conftest import Servers
from tests.platforms.n8n import N8n
from tests.platforms.n8n_nodes import workflow, write_package
from tests.platforms.n8n_run import Run

Json = dict[str, Any]
AT_ONCE = 10


class Bench:
    def __init__(self, n8n: N8n, vendor: BatchVendor) -> None:
        self.n8n, self.vendor = n8n, vendor
        kind = credentials(batch_service(vendor.url))[0][0].name
        identifier = n8n.api.create_credential(kind, {"apiKey": "k", "baseUrl": vendor.url})
        self.credential = {kind: {"id": identifier, "name": "Test"}}

    def step(self, operation: str = "makeImage", on_error: str = "stopWorkflow", **parameters: Any) -> Json:
        own = {"number": "={{ $json.n }}"} if operation != "getImage" else {}
        return {
            "parameters": {"resource": "call" if operation == "call" else "image", "operation": operation, **own, **parameters},
            "name": "Step", "type": "n8n-nodes-batch.batch", "typeVersion": 1,
            "credentials": self.credential, "onError": on_error,
        }  # fmt: skip

    def run(self, count: int, step: Json, timeout: float = 60) -> Run:
        code = f"return [...Array({count}).keys()].map((n) => ({{ json: {{ n: n + 1 }} }}))"
        items = {"parameters": {"jsCode": code}, "name": "Items", "type": "n8n-nodes-base.code", "typeVersion": 2}
        return self.n8n.run(workflow(items, step), timeout=timeout)


@pytest.fixture(scope="module")
def bench(n8n: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with BatchVendor() as vendor:
        package = write_package(batch_service(vendor.url), tmp_path_factory.mktemp("batch") / "batch")
        yield Bench(n8n(package), vendor)


@pytest.fixture
def vendor(bench: Bench) -> BatchVendor:
    bench.vendor.clear()
    return bench.vendor


def seconds(run: Run, node: str = "Step") -> float:
    """What the node took, as n8n measured it."""
    return float(run.data["runData"][node][0]["executionTime"]) / 1000


def test_ten_jobs_of_five_seconds_take_less_than_seven(bench: Bench, vendor: BatchVendor) -> None:
    vendor.clear(seconds=5)
    run = bench.run(10, bench.step())
    assert run.status == "success", run.error
    assert seconds(run) < 7
    assert [item["pairedItem"] for item in run.items()] == [{"item": n} for n in range(10)]
    numbers = {f"w{place}": body["number"] for place, body in enumerate(vendor.bodies, 1)}
    assert [numbers[item["json"]["id"]] for item in run.items()] == list(range(1, 11)), "in the order of the items"


def test_calls_go_five_at_a_time(bench: Bench, vendor: BatchVendor) -> None:
    vendor.clear(seconds=0.2)
    run = bench.run(20, bench.step("call"))
    assert run.status == "success", run.error
    assert [one["echo"]["number"] for one in run.json()] == list(range(1, 21))
    assert vendor.peak == 5


def test_items_at_once_is_the_users(bench: Bench, vendor: BatchVendor) -> None:
    vendor.clear(seconds=0.05)
    assert bench.run(6, bench.step("call", options={"itemsAtOnce": 1})).status == "success"
    assert vendor.peak == 1 and [body["number"] for body in vendor.bodies] == list(range(1, 7))


@pytest.mark.parametrize("on_error", ["stopWorkflow", "continueRegularOutput"])
def test_a_thousand_items_stop_at_a_402(bench: Bench, vendor: BatchVendor, on_error: str) -> None:
    vendor.clear(seconds=1)
    vendor.refuse = lambda number: (402, {}) if number >= 3 else None
    run = bench.run(1000, bench.step(on_error=on_error))
    assert len(vendor.bodies) <= AT_ONCE and sorted(vendor.started) == ["w1", "w2"]
    if on_error == "stopWorkflow":
        assert run.error is not None and "refused with 402" in run.error["message"]
        assert "Already started: w1, w2." in run.error["description"]
        return
    items = run.items()
    assert [item["pairedItem"] for item in items] == [{"item": n} for n in range(1000)]
    assert sum("image_url" in item["json"] for item in items) == 2, "work that was begun is waited for"
    last = items[-1]["json"]["error"]
    assert last["message"].startswith("Not started") and last["type"] == "insufficient_credits"


def test_any_error_stops_what_has_not_begun(bench: Bench, vendor: BatchVendor) -> None:
    vendor.refuse = lambda number: (422, {}) if number == 2 else None
    run = bench.run(50, bench.step("call", options={"itemsAtOnce": 2}))
    assert run.status == "error" and len(vendor.bodies) <= 4
    assert "Already started" in str((run.error or {})["description"])
    vendor.clear()
    vendor.refuse = lambda number: (422, {}) if number == 2 else None
    run = bench.run(20, bench.step("call", "continueRegularOutput"))
    assert len(vendor.bodies) == 20 and sum("error" in one for one in run.json()) == 1


def test_too_many_requests_are_sent_again_when_the_service_says_so(bench: Bench, vendor: BatchVendor) -> None:
    vendor.refuse = lambda number: (429, {"Retry-After": "1"}) if number in (4, 5) else None
    run = bench.run(8, bench.step("call"))
    assert run.status == "success", run.error
    assert [one["echo"]["number"] for one in run.json()] == list(range(1, 9))
    assert len(vendor.bodies) == 10 and seconds(run) >= 1


def test_a_timeout_is_taken_up_again_by_the_operation_that_asks(bench: Bench, vendor: BatchVendor) -> None:
    vendor.clear(seconds=3)
    run = bench.run(1, bench.step(on_error="continueRegularOutput", options={"timeout": 1}))
    (told,) = run.json()
    assert told["error"]["type"] == "timeout" and told["job_url"] == f"{vendor.url}/jobs/{told['id']}"
    later = bench.run(1, bench.step("getImage", id=told["id"], waitForCompletion=True))
    assert later.status == "success", later.error
    (item,) = later.json()
    assert item["id"] == told["id"] and item["status"] == "succeeded" and item["image_url"]
    assert len(vendor.bodies) == 1, "nothing was started twice"
    stopped = bench.run(1, bench.step(options={"timeout": 1}))
    assert stopped.error is not None and "use the operation Get an Image" in stopped.error["description"]


def test_one_item_per_result(bench: Bench, vendor: BatchVendor) -> None:
    vendor.clear(images=3)
    together, apart = (bench.run(2, bench.step(options={"onePerResult": how})) for how in (False, True))
    assert [len(one["items"]) for one in together.json()] == [3, 3]
    assert len({one["image_url"] for one in apart.json()}) == 6 and not any("items" in one for one in apart.json())
    assert [item["pairedItem"]["item"] for item in apart.items()] == [0, 0, 0, 1, 1, 1]


def test_a_blank_number_is_told_before_anything_is_sent(bench: Bench, vendor: BatchVendor) -> None:
    run = bench.run(1, bench.step(number=""))
    assert run.error is not None and run.error["message"] == "number is missing"
    assert vendor.bodies == []


def test_an_empty_text_that_was_added_is_sent(bench: Bench, vendor: BatchVendor) -> None:
    assert bench.run(1, bench.step("call", additionalFields={"note": ""})).status == "success"
    assert vendor.bodies == [{"number": 1, "note": ""}]

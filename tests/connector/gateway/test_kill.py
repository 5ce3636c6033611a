"""kill -9 at random moments while jobs run: none is lost, none runs twice, and what nobody can know is said so."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from specloom.connector.emulator import EmulatorServer
from specloom.connector.settings import variable
from tests.connector.gateway.harness import check_result, services
from tests.connector.gateway.served import Served

WORK = (
    ("tuneforge", "generateMusic", "tf_emulator"),
    ("tengrai", "createQuantumArtwork", "emulator"),
    ("mayanio", "generateVideo", "slow_1"),
    ("mayanio", "generate3DModel", "slow_2"),
)
FINAL = ("succeeded", "failed", "canceled")


@dataclass
class Clients:
    """Threads that keep asking for work, whether or not the gateway is there."""

    url: str
    accepted: dict[str, str] = field(default_factory=dict)
    """Job id to the vendor key it was asked for with."""
    stop: threading.Event = field(default_factory=threading.Event)
    count: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, seed: int) -> None:
        chance = random.Random(seed)
        while not self.stop.is_set():
            service, operation, key = chance.choice(WORK)
            with self.lock:
                self.count += 1
                mark = f"mark-{self.count:06}"
            prompt = {"image_url": f"https://cdn.example.com/{mark}.png"} if "3D" in operation else {"prompt": mark}
            headers = {"Authorization": f"Bearer {key}", "Prefer": "respond-async"}
            try:
                reply = requests.post(f"{self.url}/run/{service}/{operation}", json=prompt, headers=headers, timeout=10)
            except requests.RequestException:
                time.sleep(0.05)
                continue
            if reply.status_code == 202:
                self.accepted[reply.headers["Location"]] = key
            time.sleep(chance.uniform(0.05, 0.2))


def run_kills(tmp_path: Path, emulator: EmulatorServer, kills: int, seed: int) -> dict[str, Any]:
    environ = {variable(key, "base_url"): emulator.base_url(key) for key in services()}
    served = Served(tmp_path / "data", environ).start()
    clients = Clients(served.url)
    threads = [threading.Thread(target=clients.work, args=(seed * 100 + i,), daemon=True) for i in range(4)]
    for thread in threads:
        thread.start()
    chance = random.Random(seed)
    for _ in range(kills):
        time.sleep(chance.uniform(0.4, 2.0))
        served.kill()
        served.start()
    time.sleep(0.5)
    clients.stop.set()
    for thread in threads:
        thread.join()
    results = {location: final(served.url, location, key) for location, key in clients.accepted.items()}
    log = served.log.read_text()
    assert served.stop() == 0
    return {"results": results, "calls": calls(emulator), "log": log}


def final(url: str, location: str, key: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}", "Prefer": "wait=20"}
    result: dict[str, Any] = requests.get(url + location, headers=headers, timeout=40).json()
    check_result(result)
    return result


def calls(emulator: EmulatorServer) -> Counter[str]:
    """How often each piece of work reached a vendor."""
    found: Counter[str] = Counter()
    for request in emulator.emulator.calls():
        if request.method == "POST" and isinstance(request.body, dict):
            found[str(request.body.get("prompt") or request.body.get("image_url"))] += 1
    return found


def judge(outcome: dict[str, Any]) -> None:
    results, made = outcome["results"], outcome["calls"]
    assert results, "no job was accepted"
    assert [r for r in results.values() if r["status"] not in FINAL] == []
    assert [mark for mark, times in made.items() if times > 1] == []
    failed = {r["error"]["type"] for r in results.values() if r["status"] == "failed"}
    assert failed <= {"outcome_unknown"}
    assert "Traceback" not in outcome["log"]


def test_jobs_survive_five_kills(tmp_path: Path) -> None:
    with_emulator(tmp_path, 5)


@pytest.mark.soak
def test_jobs_survive_fifty_kills(tmp_path: Path) -> None:
    with_emulator(tmp_path, 50)


def with_emulator(tmp_path: Path, kills: int) -> None:
    emulator = EmulatorServer(services().values(), job_seconds=1.5, polls=100).start()
    try:
        outcome = run_kills(tmp_path, emulator, kills, seed=kills)
    finally:
        emulator.stop()
    judge(outcome)
    statuses = Counter(r["status"] for r in outcome["results"].values())
    print(f"{kills} kills: {len(outcome['results'])} jobs accepted, {dict(statuses)}")
    # Synchronous calls were in flight at the kills: nobody can know how they ended.
    assert statuses["failed"] > 0


def test_a_call_in_flight_at_the_kill_is_never_repeated(tmp_path: Path) -> None:
    emulator = EmulatorServer(services().values()).start()
    environ = {variable(key, "base_url"): emulator.base_url(key) for key in services()}
    served = Served(tmp_path / "data", environ).start()
    try:
        headers = {"Authorization": "Bearer slow_3", "Prefer": "respond-async"}
        reply = served.post("/run/mayanio/generateVideo", json={"prompt": "sea"}, headers=headers)
        until = time.monotonic() + 10
        while time.monotonic() < until and not _sending(served, reply.headers["Location"]):
            time.sleep(0.05)
        served.kill()
        served.start()
        result = final(served.url, reply.headers["Location"], "slow_3")
        assert result["error"]["type"] == "outcome_unknown" and not result["error"]["retryable"]
        time.sleep(3)
        assert len(emulator.emulator.calls("generateVideo")) == 1
    finally:
        served.stop()
        emulator.stop()


def _sending(served: Served, location: str) -> bool:
    """The call has had time to leave: accepted jobs are sent at once."""
    time.sleep(0.5)
    return requests.get(served.url + location, headers={"Authorization": "Bearer slow_3"}, timeout=5).ok


def test_an_idempotent_call_in_flight_at_the_kill_is_never_repeated(tmp_path: Path) -> None:
    emulator = EmulatorServer(services().values()).start()
    environ = {variable(key, "base_url"): emulator.base_url(key) for key in services()}
    served = Served(tmp_path / "data", environ).start()
    headers = {"Authorization": "Bearer tuen_sk_slow_2", "Idempotency-Key": "once"}
    try:
        for path, body in (
            ("/run/tuen/generateImage", {"prompt": "sea"}),
            ("/tuen/api/services/tts", {"text": "sea"}),
        ):
            caller = threading.Thread(target=_ignore, args=(served, path, body, headers))
            caller.start()
            time.sleep(0.8)
            served.kill()
            caller.join()
            served.start()
            again = served.post(path, json=body, headers=headers)
            assert again.status_code == 502 and "may have done its work" in again.text
        time.sleep(2)
        assert len(emulator.emulator.calls("generateImage")) == len(emulator.emulator.calls("textToSpeech")) == 1
    finally:
        served.stop()
        emulator.stop()


def _ignore(served: Served, path: str, body: dict[str, str], headers: dict[str, str]) -> None:
    try:
        served.post(path, json=body, headers=headers)
    except requests.RequestException:
        pass

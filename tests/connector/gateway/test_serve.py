"""`specloom serve` as people start and stop it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from specloom.connector.emulator import EmulatorServer
from specloom.connector.settings import variable
from tests.connector.gateway.harness import check_result, services
from tests.connector.gateway.served import Served


@pytest.fixture
def environ(emulator: EmulatorServer) -> dict[str, str]:
    return {variable(key, "base_url"): emulator.base_url(key) for key in services()}


@pytest.fixture
def served(tmp_path: Path, environ: dict[str, str]) -> Iterator[Served]:
    server = Served(tmp_path / "data", environ).start()
    yield server
    if server.is_alive():
        server.stop()


def test_a_folder_of_the_same_name_does_not_shadow_ours(tmp_path: Path, environ: dict[str, str]) -> None:
    for name in ("schemas", "generator", "connector"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('shadowed')")
    (tmp_path / "gunicorn.conf.py").write_text("raise SystemExit('shadowed')")
    served = Served(tmp_path / "data", environ, cwd=tmp_path).start()
    try:
        assert requests.get(served.url + "/healthz", timeout=5).json() == {"status": "ok"}
        assert "shadowed" not in served.log.read_text()
    finally:
        assert served.stop() == 0


def test_running_calls_finish_at_a_stop(served: Served, emulator: EmulatorServer) -> None:
    """A stop while a synchronous call, a waiting job and a slow job are under way."""
    replies: dict[str, requests.Response] = {}

    def call(name: str, path: str, key: str, body: dict[str, str]) -> None:
        replies[name] = served.post(path, json=body, headers={"Authorization": f"Bearer {key}", "Prefer": "wait=15"})

    calls = [
        ("drop-in", "/tuen/api/services/image_gen", "tuen_sk_slow_2", {"prompt": "x"}),
        ("waiting", "/run/tengrai/createQuantumArtwork", "emulator", {"prompt": "never ends"}),
        ("slow", "/run/mayanio/generateVideo", "slow_2", {"prompt": "x"}),
    ]
    threads = [threading.Thread(target=call, args=given) for given in calls]
    for thread in threads:
        thread.start()
    time.sleep(1)
    assert served.stop() == 0
    for thread in threads:
        thread.join()
    assert replies["drop-in"].status_code == 200 and replies["drop-in"].json()["image_url"]
    assert replies["waiting"].status_code == 202  # not held any longer, and not lost
    served.start()
    for name, key in (("slow", "slow_2"), ("waiting", "emulator")):
        path = replies[name].headers["Location"]
        result = requests.get(served.url + path, headers={"Authorization": f"Bearer {key}"}, timeout=5).json()
        check_result(result)
        assert result["status"] == ("succeeded" if name == "slow" else "running")
    assert len(emulator.emulator.calls("generateVideo")) == 1


def test_logs_are_lines_with_ids_and_without_secrets(served: Served) -> None:
    headers = {"Authorization": "Bearer tuen_sk_very_secret", "X-Request-Id": "mine-1"}
    body = {"prompt": "a private prompt"}
    reply = served.post("/tuen/api/services/image_gen?token=hidden", json=body, headers=headers)
    assert reply.headers["X-Request-Id"] == "mine-1"
    file = served.post("/files", data=b"private bytes", headers=headers).json()
    requests.get(file["url"], timeout=5)
    served.post("/run/tuen/generateImage", json=body, headers={**headers, "X-Request-Id": "bad id\t"})
    served.post("/inbound/tengrai/a-token-nobody-must-read", data=b"{}")
    assert served.stop() == 0
    text = served.log.read_text()
    for secret in ("very_secret", "hidden", "private", "signature=", "a-token-nobody-must-read"):
        assert secret not in text, secret
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    told = next(line for line in lines if line.get("request_id") == "mine-1")
    assert (told["service"], told["operation"], told["status"]) == ("tuen", "generateImage", 200) and told["ms"] > 0
    assert all("bad id" not in line.get("request_id", "") for line in lines)


def test_metrics_and_health(served: Served) -> None:
    headers = {"Authorization": "Bearer tuen_sk_x"}
    for _ in range(3):
        served.post("/tuen/api/services/image_gen", json={"prompt": "x"}, headers=headers)
    text = requests.get(served.url + "/metrics", timeout=5).text
    labels = 'operation="generateImage",route="dropin.call",service="tuen",status="200"'
    assert f"specloom_requests_total{{{labels}}} 3.0" in text
    assert 'specloom_upstream_total{outcome="200",service="tuen"} 3.0' in text
    assert requests.get(served.url + "/readyz", timeout=5).status_code == 200


def test_two_workers_count_together_and_share_jobs(tmp_path: Path, environ: dict[str, str]) -> None:
    served = Served(tmp_path / "data", environ, "--workers", "2").start()
    try:
        headers = {"Authorization": "Bearer tf_x"}
        made = served.post(
            "/run/tuneforge/generateMusic", json={"prompt": "x"}, headers={**headers, "Prefer": "respond-async"}
        )
        for _ in range(8):  # whichever worker answers
            url = served.url + made.headers["Location"]
            result = requests.get(url, headers={**headers, "Prefer": "wait=10"}, timeout=20).json()
            assert result["status"] == "succeeded"
        for _ in range(10):
            served.post(
                "/tuen/api/services/image_gen", json={"prompt": "x"}, headers={"Authorization": "Bearer tuen_sk_x"}
            )
        text = requests.get(served.url + "/metrics", timeout=5).text
        labels = 'operation="generateImage",route="dropin.call",service="tuen",status="200"'
        assert f"specloom_requests_total{{{labels}}} 10.0" in text
    finally:
        assert served.stop() == 0


def test_behind_a_proxy(tmp_path: Path, environ: dict[str, str]) -> None:
    """Where there are no keys, the metrics' neighbours are told from strangers by the address the trusted proxy names;
    where there are, it takes an operator's from anywhere."""
    operator = "sok_operator_0123456789abcdef"
    environ |= {"SPECLOOM_OPERATOR_KEYS": operator, "SPECLOOM_TRUSTED_PROXIES": "1"}
    served = Served(tmp_path / "data", environ).start()
    try:
        stranger = {"X-Forwarded-For": "203.0.113.7"}
        assert requests.get(served.url + "/metrics", headers=stranger, timeout=5).status_code == 401
        with_key = {**stranger, "X-Specloom-Key": operator}
        assert requests.get(served.url + "/metrics", headers=with_key, timeout=5).status_code == 200
        assert requests.get(served.url + "/metrics", timeout=5).status_code == 200
    finally:
        served.stop()


def test_a_taken_port_is_one_line(served: Served, tmp_path: Path, environ: dict[str, str]) -> None:
    other = Served(tmp_path / "other", environ)
    other._command[other._command.index("--port") + 1] = str(served.port)
    other.start(wait=False)
    assert other._process is not None and other._process.wait(20) == 1
    assert "choose another --port" in other.log.read_text()

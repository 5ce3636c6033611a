"""docs/x-specloom.md, step by step: what it says is what happens."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from click.testing import CliRunner
from standardwebhooks.webhooks import Webhook

from specloom.command import main
from specloom.connector.emulator import EmulatorServer
from specloom.connector.server.local import LocalGateway
from specloom.connector.settings import read_settings, variable
from specloom.schemas.interpretation import DocumentToRead
from specloom.schemas.load import load
from tests import ROOT
from tests.support.emulated import Receiver

PAGE = (ROOT / "docs" / "x-specloom.md").read_text("utf-8")
BLOCKS = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.S)]
SAID = [line for block in re.findall(r"```text\n(.*?)```", PAGE, re.S) for line in block.splitlines()]
KEY = "slk_a-long-random-key"


def merged(into: Any, part: Any) -> Any:
    """As a reader puts a block into its place."""
    if not (isinstance(into, dict) and isinstance(part, dict)):
        return part
    return {**into, **{key: merged(into.get(key), value) for key, value in part.items()}}


def songs(folder: Path, steps: int, **replaced: str) -> Path:
    """The file after so many blocks; `replaced` are words that a reader got wrong."""
    document: Any = {}
    for block in BLOCKS[:steps]:
        document = merged(document, block)
    text = json.dumps(document)
    for right, wrong in replaced.items():
        assert right in text
        text = text.replace(right, wrong)
    file = folder / "songs.yaml"
    file.write_text(text)
    return file


def checked(file: Path) -> str:
    return CliRunner().invoke(main, ["check", str(file)]).output


def test_the_page_has_its_steps() -> None:
    assert len(BLOCKS) == 5 and len(SAID) == 3
    assert len(re.findall(r"```yaml\n(.*?)```", PAGE, re.S)[0].splitlines()) <= 20
    assert "docs/x-specloom.md" in (ROOT / "README.md").read_text("utf-8")


def test_what_check_says_at_each_step(tmp_path: Path) -> None:
    assert SAID[0] in checked(songs(tmp_path, 2))
    assert SAID[1] in checked(songs(tmp_path, 3, **{'"succeeded": ["bottled"]': '"succeeded": ["done"]'}))
    assert SAID[2] in checked(songs(tmp_path, 4, **{"body#/bottle": "body#/flask"}))
    done = checked(songs(tmp_path, 5))
    assert "0 errors" in done and not re.search(r"^.*songs.yaml:\d+", done, re.M)


def test_nothing_of_it_could_be_guessed_and_all_of_it_is_read(tmp_path: Path) -> None:
    assert load(songs(tmp_path, 2)).service.operations[0].job is None
    service = load(songs(tmp_path, 5)).service
    make = service.operations[0]
    assert make.job is not None and make.job.succeeded == ("bottled",) and make.output.type == "audio"
    assert service.connection is not None and service.connection.operation_id == "listTastes"


def test_it_builds(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["build", str(songs(tmp_path, 5)), "--out", str(tmp_path / "dist")])
    assert done.exit_code == 0, done.output
    assert "audio_url" in "".join(p.read_text("utf-8") for p in (tmp_path / "dist").rglob("*.js*") if p.is_file())


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[str]:
    document = DocumentToRead(path=songs(tmp_path, 5))
    emulator = EmulatorServer([document])
    with emulator:
        told = {
            variable("songs", "base_url"): emulator.base_url("songs"),
            variable("songs", "api_key"): emulator.key("songs"),
            "SPECLOOM_API_KEYS": KEY,
            "SPECLOOM_HOOK_ALLOW": "127.0.0.1",
        }
        local = LocalGateway(read_settings(told, data=tmp_path / "data", port=0), documents=[document])
        local.start()
        try:
            yield local.url
        finally:
            local.stop()


def test_the_callback_comes_and_is_signed(gateway: str) -> None:
    ours = {"Authorization": f"Bearer {KEY}"}
    secret = requests.post(f"{gateway}/hooks/callbacks/secret", json={}, headers=ours, timeout=30).json()["secret"]
    receiver = Receiver()
    try:
        asked = {**ours, "Prefer": "respond-async", "Specloom-Callback": receiver.url}
        reply = requests.post(f"{gateway}/run/songs/makeSong", json={"prompt": "rain"}, headers=asked, timeout=30)
        assert reply.status_code == 202, reply.text
        assert receiver.arrived.acquire(timeout=30)
        headers, body = receiver.posts[0]
    finally:
        receiver.stop()
    told = Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
    assert told["status"] == "succeeded" and told["audio_url"], told

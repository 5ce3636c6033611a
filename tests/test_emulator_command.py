"""`specloom emulate` as people start it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from connector.cli import emulate

ROOT = Path(__file__).parent.parent


@contextmanager
def running(*arguments: str) -> Iterator[tuple[str, list[str]]]:
    """The address and all lines it prints at its start."""
    command = [sys.executable, "-c", "from connector.cli import emulate; emulate()", *arguments, "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )
    assert process.stdout is not None and process.stderr is not None
    try:
        lines = [process.stdout.readline()]
        address = re.search(r"http://[\d.:]+", lines[0])
        assert address is not None, process.stderr.read()
        yield address.group(), lines
    finally:
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=10)
        lines += rest.splitlines()
        lines += errors.splitlines()
        assert process.returncode == 0


def test_it_says_where_it_is_and_which_keys_work() -> None:
    with running("tuen", "tengrai") as (url, lines):
        index = requests.get(url, timeout=5).json()["services"]
        reply = requests.post(
            f"{index['tuen']['base_url']}/tts",
            json={"text": "hello"},
            headers={"Authorization": f"Bearer {index['tuen']['key']}"},
            timeout=5,
        )
        assert requests.get(reply.json()["audio_url"], timeout=5).headers["Content-Type"] == "audio/mpeg"
    assert lines[0].startswith("Emulating tuen, tengrai at http://127.0.0.1:")
    assert any("/tuen/api/services" in line and "tuen_sk_emulator" in line for line in lines)
    assert any("signed with" in line for line in lines)
    assert not any("Traceback" in line for line in lines)


def test_a_document_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "openapi: 3.1.0\ninfo: {title: Own Api, version: '1'}\n"
        "servers: [{url: 'https://api.example.com/v1'}]\n"
        "paths: {/ping: {get: {operationId: ping, responses: {'200': {description: ok, content: "
        "{application/json: {example: {pong: true}}}}}}}}\n",
        "utf-8",
    )
    with running("--document", str(path)) as (url, _):
        (service,) = requests.get(url, timeout=5).json()["services"].values()
        assert requests.get(service["base_url"] + "/ping", timeout=5).json() == {"pong": True}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody"], "no bundled service 'nobody' - there are: aiops, mayanio"),
        (["tuen", "--port", "99999"], "99999"),
        (["--document", "/no/such/file"], "does not exist"),
        (["tuen", "--host", "256.1.1.1", "--port", "0"], "cannot listen on 256.1.1.1:0"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(emulate, arguments)
    assert result.exit_code in (1, 2)
    assert told in result.output and "Traceback" not in result.output


def test_a_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = CliRunner().invoke(emulate, ["tuen", "--port", str(taken.getsockname()[1])])
    assert result.exit_code == 1
    assert "choose another --port" in result.output


def test_help_has_examples() -> None:
    output = CliRunner().invoke(emulate, ["--help"]).output
    for words in ("specloom emulate mayanio --realistic", "error_402", "limit_3", "never ends", "--document"):
        assert words in output

"""`specloom emulate` as people start it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from specloom.connector.cli.emulate import emulate
from tests import ROOT


class Run:
    """The command, started in a process of its own; `text` is what it has printed."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._output = folder / "output.txt"
        command = [
            sys.executable,
            "-c",
            "from specloom.connector.cli.emulate import emulate; emulate()",
            *arguments,
            "--port",
            "0",
        ]
        with self._output.open("w") as output:
            self._process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONPATH": str(ROOT)}
            )

    @property
    def text(self) -> str:
        return self._output.read_text("utf-8")

    def __enter__(self) -> Run:
        until = time.monotonic() + 30
        while "\n" not in self.text and self._process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        return self

    @property
    def url(self) -> str:
        address = re.search(r"http://[\d.:]+", self.text)
        assert address is not None, self.text
        return address.group()

    def __exit__(self, *error: object) -> None:
        self._process.send_signal(signal.SIGINT)
        assert self._process.wait(10) == 0, self.text


@pytest.mark.posix
def test_it_says_where_it_is_and_which_keys_work(tmp_path: Path) -> None:
    with Run(tmp_path, "tuen", "tengrai") as run:
        index = requests.get(run.url, timeout=5).json()["services"]
        reply = requests.post(
            f"{index['tuen']['base_url']}/tts",
            json={"text": "hello"},
            headers={"Authorization": f"Bearer {index['tuen']['key']}"},
            timeout=5,
        )
        assert requests.get(reply.json()["audio_url"], timeout=5).headers["Content-Type"] == "audio/mpeg"
    lines = run.text.splitlines()
    assert lines[0].startswith("Emulating tuen, tengrai at http://127.0.0.1:")
    assert any("/tuen/api/services" in line and "tuen_sk_emulator" in line for line in lines)
    assert any("signed with" in line for line in lines)
    assert not any("Traceback" in line for line in lines)


@pytest.mark.posix
def test_a_document_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "openapi: 3.1.0\ninfo: {title: Own Api, version: '1'}\n"
        "servers: [{url: 'https://api.example.com/v1'}]\n"
        "paths: {/ping: {get: {operationId: ping, responses: {'200': {description: ok, content: "
        "{application/json: {example: {pong: true}}}}}}}}\n",
        "utf-8",
    )
    with Run(tmp_path, "--document", str(path)) as run:
        (service,) = requests.get(run.url, timeout=5).json()["services"].values()
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

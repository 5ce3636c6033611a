"""`specloom draft` on the command line: sources, options, what it prints, how it refuses."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from specloom.generator.cli.draft import draft
from specloom.schemas.problems import SpecloomError

OWN = Path(__file__).parent / "own"


def run(*arguments: str | Path, given: str | None = None) -> Result:
    return CliRunner().invoke(draft, [str(argument) for argument in arguments], input=given)


def refused(result: Result) -> str:
    assert result.exit_code != 0 and isinstance(result.exception, SpecloomError), result.output
    text = str(result.exception)
    assert "\n" not in text
    return text


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", connect)


def test_a_page(tmp_path: Path) -> None:
    out = tmp_path / "api.yaml"
    result = run(OWN / "zephyr.txt", "--out", out)
    assert result.exit_code == 0
    assert f"next: specloom check {out}, specloom infer {out}, specloom build {out}" in result.stderr
    document = yaml.safe_load(out.read_text("utf-8"))
    assert list(document["paths"]) == ["/speech", "/jobs/{job_id}"]


def test_without_out_the_document_is_printed() -> None:
    assert yaml.safe_load(run(OWN / "zephyr.txt").stdout)["info"]["title"] == "Zephyr Voice"


def test_pasted() -> None:
    result = run("-", given="curl https://api.acme.dev/v1/things")
    assert list(yaml.safe_load(result.stdout)["paths"]) == ["/v1/things"]
    assert "# pasted:1" in result.stdout


def test_a_folder_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n\n## List\n\n`GET /a`\n", "utf-8")
    (tmp_path / "docs" / "b.sh").write_text("curl https://api.acme.dev/b", "utf-8")
    (tmp_path / "docs" / "logo.png").write_bytes(b"\x89PNG")
    (tmp_path / "docs" / ".env").write_text("SECRET=1", "utf-8")
    document = yaml.safe_load(run(tmp_path / "docs").stdout)
    assert set(document["paths"]) == {"/a", "/b"}
    assert document["paths"]["/a"]["get"]["x-specloom"]["source"] == "a.md:5"


def test_title_server_and_key_are_the_persons() -> None:
    made = yaml.safe_load(
        run(OWN / "zephyr.txt", "--title", "Mine", "--server", "https://x.dev/v2", "--key", "mine").stdout
    )
    assert made["info"]["title"] == "Mine" and made["x-specloom"]["key"] == "mine"
    assert made["servers"] == [{"url": "https://x.dev/v2"}]


def test_merge_completes_a_file_in_place(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text("# mine\nopenapi: 3.1.0\ninfo: {title: Mine, version: '1'}\npaths: {}\n", "utf-8")
    result = run(OWN / "zephyr.txt", "--merge", path)
    assert "parts added" in result.stderr
    assert path.read_text("utf-8").startswith("# mine\nopenapi: 3.1.0\ninfo: {title: Mine, version: '1'")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda folder: folder / "missing.txt", "it does not exist"),
        (lambda folder: written(folder, "a.pdf", b"%PDF-1.7\n"), "no text"),
        (lambda folder: written(folder, "a.txt", b"\x00\x01" * 100), "no text"),
        (lambda folder: written(folder, "a.txt", b""), "no call was found"),
        (lambda folder: written(folder, "a.txt", b"Hello, world."), "no call was found"),
        (lambda folder: written(folder, "a.har", b"{"), "no JSON"),
        (lambda folder: written(folder, "a.json", b'{"openapi": "3.1.0", "paths": {}}'), "OpenAPI document already"),
        (lambda folder: written(folder, "a.json", b'{"a":' * 100_000), "nested too deeply"),
        (lambda folder: folder, "no source"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(tmp_path: Path, make: Callable[[Path], Path], told: str) -> None:
    assert told in refused(run(make(tmp_path)))


def written(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = "Acmé API\nGET /things\nListe d’objets, “tous”.\n"
    path = written(tmp_path, "a.txt", text.encode(encoding))
    assert yaml.safe_load(run(path).stdout)["info"]["title"] == "Acmé"


def test_what_two_sources_say_differently_is_told_with_both_places(tmp_path: Path) -> None:
    table = "# Acme\n\n## List\n\n`GET /things`\n\n| Name | Type | Description |\n|---|---|---|\n| limit | integer | Default: {} |\n"
    one, two = (
        written(tmp_path, "one.md", table.format(10).encode()),
        written(tmp_path, "two.md", table.format(25).encode()),
    )
    result = run(one, two)
    assert "contradiction: one.md:9, two.md:9: GET /things: limit has default 10 here and 25 there" in result.stderr
    assert yaml.safe_load(result.stdout)["paths"]["/things"]["get"]["parameters"][0]["schema"]["default"] == 10


def test_help_shows_the_sources() -> None:
    text = run("--help").output
    assert "Postman" in text and "--merge" in text

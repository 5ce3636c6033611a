"""The command as a user meets it: exit codes, one-line errors, help, and an untouched output when something fails."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from specloom.command import COMMANDS
from tests import ROOT
from tests.conftest import operation_text
from tests.support.privileges import drop_overrides

Document = Callable[..., Path]


def specloom(
    *arguments: str | Path, cwd: Path, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "specloom", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120, preexec_fn=before)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not a text file"),
        (b"openapi: 3.1.0\npaths: [}\n", "doc.yaml:2: error: not valid YAML"),
        (b"openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\n", "no operation in this document"),
    ],
)
@pytest.mark.parametrize("command", ["build", "check"])
def test_bad_input_is_one_line_and_exit_1(tmp_path: Path, command: str, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "doc.yaml").write_bytes(content)
    result = specloom(command, "doc.yaml", cwd=tmp_path)
    said = (result.stdout + result.stderr).strip().splitlines()
    assert result.returncode == 1 and message in said[0] and "doc.yaml" in said[0]
    assert "Traceback" not in result.stderr and (len(said) == 1 or said[1] == "0 operations, 1 errors, 0 warnings")
    assert not (tmp_path / "dist").exists()


def test_an_empty_folder_and_a_wrong_option(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = specloom("build", "empty", cwd=tmp_path)
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1) and "no OpenAPI document" in result.stderr
    assert specloom("build", "--platform", "nothing", cwd=tmp_path).returncode == 2
    assert specloom("check", cwd=tmp_path).returncode == 2


def test_a_failing_document_leaves_the_output_and_does_not_stop_the_others(document: Document, tmp_path: Path) -> None:
    good = document(operation_text("type: object\nproperties: {a: {type: string}}"))
    assert specloom("build", good.name, "--platform", "n8n", cwd=tmp_path).returncode == 0
    before = tree(tmp_path / "dist")
    assert "sample/report.json" in before
    (tmp_path / "bad.yaml").write_text("openapi: 3.1.0\npaths: [}\n")
    result = specloom("build", "bad.yaml", good.name, "--platform", "n8n", cwd=tmp_path)
    assert result.returncode == 1 and "bad.yaml:2" in result.stderr and "Sample" in result.stdout
    assert tree(tmp_path / "dist") == before


def test_strict_writes_nothing_when_there_is_a_problem(document: Document, tmp_path: Path) -> None:
    path = document(operation_text("type: object\nproperties: {a: {$ref: '#/components/schemas/Gone'}}"))
    result = specloom("build", path.name, "--platform", "n8n", "--strict", cwd=tmp_path)
    assert result.returncode == 1 and "leads to nothing" in result.stderr and not (tmp_path / "dist").exists()
    partial = specloom("build", path.name, "--platform", "n8n", cwd=tmp_path)
    assert partial.returncode == 1 and "left out" in partial.stderr and list((tmp_path / "dist").rglob("package.json"))
    assert specloom("build", path.name, "--platform", "n8n", "--lenient", cwd=tmp_path).returncode == 0


@pytest.mark.posix
def test_an_unwritable_folder_is_one_line(document: Document, tmp_path: Path) -> None:
    path = document(operation_text("type: object"))
    (tmp_path / "locked").mkdir(mode=0o500)
    result = specloom(
        "build", path.name, "--platform", "n8n", "--out", "locked/dist", cwd=tmp_path, before=drop_overrides
    )
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)


def test_an_output_that_is_a_file_is_one_line(document: Document, tmp_path: Path) -> None:
    path = document(operation_text("type: object"))
    (tmp_path / "taken").write_text("")
    result = specloom("build", path.name, "--platform", "n8n", "--out", "taken", cwd=tmp_path)
    assert result.returncode == 1 and "cannot be written" in result.stderr and "Traceback" not in result.stderr


def test_a_report_that_cannot_be_written_is_one_line(document: Document, tmp_path: Path) -> None:
    path = document(operation_text("type: object"))
    (tmp_path / "dist" / "sample" / "report.json").mkdir(parents=True)
    result = specloom("build", path.name, "--platform", "n8n", cwd=tmp_path)
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1) and "report.json: error" in result.stderr
    assert not (tmp_path / "dist" / "sample" / ".report.json.new").exists()


@pytest.mark.posix
def test_an_unreadable_document_is_one_line(document: Document, tmp_path: Path) -> None:
    path = document(operation_text("type: object"))
    path.chmod(0)
    result = specloom("build", path.name, cwd=tmp_path, before=drop_overrides)
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1) and "Traceback" not in result.stderr


def test_check_speaks_json_and_exits_1_on_errors(document: Document, tmp_path: Path) -> None:
    path = document(operation_text("type: object\nproperties: {a: {$ref: '#/components/schemas/Gone'}}"))
    result = specloom("check", path.name, "--format", "json", cwd=tmp_path)
    problem = json.loads(result.stdout)[0]
    assert result.returncode == 1
    assert (problem["file"], problem["code"], problem["operation"]) == ("sample.yaml", "ref-missing", "send")
    assert problem["line"] > 1 and problem["hint"]


def test_every_command_has_help_with_an_example(tmp_path: Path) -> None:
    overview = specloom("--help", cwd=tmp_path).stdout
    for command in COMMANDS:
        text = specloom(command, "--help", cwd=tmp_path).stdout
        assert command in overview and "Examples:" in text, command


def test_a_folder_named_schemas_in_the_way_changes_nothing(document: Document, tmp_path: Path) -> None:
    for name in ("schemas", "generator", "connector"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the wrong one')")
    path = document(operation_text("type: object"))
    environment = {**os.environ, "PYTHONPATH": ""}
    installed = [str(Path(sys.executable).with_name("specloom")), "check", path.name]
    result = subprocess.run(installed, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 0 and result.stderr.startswith("1 operations, 0 errors, ")


def test_two_documents_with_one_key_do_not_overwrite_each_other(document: Document, tmp_path: Path) -> None:
    text = operation_text("type: object")
    first, second = document(text, "a.yaml"), document(text.replace("/things", "/others"), "b.yaml")
    result = specloom("build", first.name, second.name, "--platform", "make", cwd=tmp_path)
    assert result.returncode == 1 and "b.yaml: error: its key 'sample' is another document's" in result.stderr
    assert '"/things"' in (tmp_path / "dist/sample/report.json").read_text()


COLLECTOR = """
import gc, sys
from specloom import command
command.main = lambda: print(gc.isenabled())
command.run()
print(gc.get_freeze_count() > 0)
"""


@pytest.mark.parametrize(("name", "on"), [("build", False), ("serve", True)])
def test_only_a_build_goes_without_the_garbage_collector(name: str, on: bool, tmp_path: Path) -> None:
    line = [sys.executable, "-c", COLLECTOR, name]
    result = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout.split() == [str(on), str(not on)]


@pytest.mark.linux
def test_a_full_disk_behind_the_output_is_told_in_a_line(tmp_path: Path) -> None:
    """The process ends without taking apart what it holds; what it had to say is out by then, or the reason."""
    document = ROOT / "schemas" / "providers" / "tuen.openapi.yaml"
    line = [sys.executable, "-m", "specloom", "build", str(document), "--out", str(tmp_path)]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(line, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == f"error: [Errno {errno.ENOSPC}] {os.strerror(errno.ENOSPC)}"
    assert "Traceback" not in result.stderr

"""Systems without `fcntl`, `fork`, `resource` and user ids, as Windows is: what runs there, and what says in a line that it
does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT = """
import os, sys
import sqlalchemy, cryptography.fernet, flask, click  # the libraries do without by themselves, on such a system
for name in ("fork", "getuid", "geteuid", "register_at_fork", "fchmod", "sched_getaffinity"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("fcntl", "pwd", "grp", "resource", "gunicorn", "gunicorn.app.base"):
    sys.modules[name] = None
sys.argv = ["specloom", *sys.argv[1:]]
from specloom.command import run
run()
"""


def specloom(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


def test_serve_says_in_a_line_where_it_runs(tmp_path: Path) -> None:
    result = specloom("serve", "--port", "0", cwd=tmp_path)
    assert result.returncode == 1 and len(result.stderr.splitlines()) == 1
    assert "needs a system that can fork" in result.stderr and "WSL" in result.stderr


@pytest.mark.parametrize("arguments", [("build",), ("demo",), ("keys", "list"), ("draft", "page.txt")])
def test_the_others_run(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("GET /things\nList things\n\ncurl https://api.example.com/things\n")
    result = specloom(*arguments, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr

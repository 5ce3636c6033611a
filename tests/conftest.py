"""What all tests share: documents written inline, loaded from a real file."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from specloom.schemas.load import load
from specloom.schemas.model import Service

HEAD = "openapi: 3.1.0\ninfo: {title: Sample, version: 1.0.0}\n"


@pytest.fixture
def document(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a document (with the usual head, unless it has its own) and gives its path."""

    def write(text: str, name: str = "sample.yaml") -> Path:
        text = textwrap.dedent(text)
        path = tmp_path / name
        path.write_text(text if text.startswith(("openapi", "swagger", "{")) else HEAD + text, "utf-8")
        return path

    return write


@pytest.fixture
def loaded(document: Callable[[str], Path]) -> Callable[[str], Service]:
    return lambda text: load(document(text)).service


def operation_text(schema: str, indent: int = 14) -> str:
    """A document whose only operation, `send`, posts a JSON body of this schema (YAML)."""
    body = textwrap.indent(textwrap.dedent(schema), " " * indent)
    return f"""\
paths:
  /things:
    post:
      operationId: send
      tags: [Thing]
      requestBody:
        required: true
        content:
          application/json:
            schema:
{body}
      responses: {{"200": {{description: ok}}}}
"""


_seconds: dict[str, float] = defaultdict(float)
"""By room: what its tests took, fixtures included."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _seconds["/".join(report.nodeid.split("::")[0].split("/")[1:3]).removesuffix(".py")] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The seconds that each room took, so that one that grows is seen."""
    slow = sorted(((seconds, room) for room, seconds in _seconds.items() if seconds >= 1), reverse=True)
    if slow:
        terminalreporter.section("seconds by room")
        for seconds, room in slow:
            terminalreporter.write_line(f"{seconds:7.1f}  {room}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden/ from today's output")

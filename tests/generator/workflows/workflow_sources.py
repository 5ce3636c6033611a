"""Sources for tests: the bundled ones, and small ones written on the spot."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from specloom.generator.workflows.build import BuiltWorkflow, build, bundled
from specloom.generator.workflows.source.check import Checked, check
from specloom.generator.workflows.source.load import load
from specloom.generator.workflows.source.services import services

NAMES = [path.name.partition(".")[0] for path in bundled()]

HEAD = """document:
  dsl: 1.0.0
  namespace: tests
  name: {name}
  version: 1.0.0
  title: A Title
  summary: A summary.
use: {{catalogs: {{specloom: {{endpoint: "specloom://catalogue"}}}}}}
input:
  schema:
    document:
      type: object
      required: [prompt]
      properties:
        prompt: {{type: string, examples: [A fox]}}
        style: {{type: string, default: none}}
"""
CALL = """call: openapi
      with:
        document: {endpoint: "specloom://tuen"}
        operationId: generateImage
        parameters: {prompt: "${ .prompt }"}"""


def written(folder: Path, tasks: str, name: str = "small", head: str = HEAD) -> Path:
    """A source whose tasks begin on line 17."""
    path = folder / f"{name}.workflow.yaml"
    path.write_text(head.format(name=name) + tasks, "utf-8")
    return path


def problems(path: Path) -> list[str]:
    """'<line>: <message>' of everything wrong with a source."""
    _, found = check(load(path), services())
    return [f"{p.location.line}: {p.message}" for p in found]


@cache
def template(name: str) -> BuiltWorkflow:
    """A bundled template, built."""
    return build(next(p for p in bundled() if p.name.startswith(f"{name}.")), services())


def checked(name: str) -> Checked:
    found = template(name).checked
    assert found is not None, template(name).problems
    return found

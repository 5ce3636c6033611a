"""The sources against the official JSON Schema of the CNCF Serverless Workflow DSL 1.0."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from specloom.generator.workflows.build import bundled
from specloom.schemas.document.source import Source
from tests.platforms import toolchain

SCRIPT = Path(__file__).parent / "js" / "validate_workflow.cjs"


def official(workflows: list[Any]) -> list[str]:
    """What the SDK says of each; '' where it is valid."""
    folder = toolchain.install(toolchain.PROJECTS / "workflows")
    request = {"sdk": str(folder / "node_modules" / "@serverlessworkflow" / "sdk"), "workflows": workflows}
    done = subprocess.run(
        [toolchain.node(), SCRIPT], env=toolchain.environment(), input=json.dumps(request), capture_output=True,
        text=True, timeout=120, check=True,
    )  # fmt: skip
    found: list[str] = json.loads(done.stdout)
    return found


def test_every_source_is_valid() -> None:
    assert official([Source(path).root for path in bundled()]) == [""] * len(bundled())


@pytest.mark.parametrize("key", ["dsl", "name", "version", "namespace"])
def test_the_schema_really_looks(key: str) -> None:
    root = Source(bundled()[0]).root
    del root["document"][key]
    assert official([root])[0]


def test_the_walk_through_is_valid() -> None:
    """The examples of WRITING.md, as the official schema and our checks see them."""
    import re

    from specloom.generator.workflows.source.load import read

    text = (bundled()[0].parent / "WRITING.md").read_text()
    examples = re.findall(r"```yaml\n(document:.*?)```", text, re.DOTALL)
    assert examples
    from specloom.schemas.document.reading.yaml12 import parse

    roots = [parse(example)[0] for example in examples]
    assert official(roots) == [""] * len(roots)
    for root in roots:
        problems: list[Any] = []
        assert read(root, "", problems) is not None and problems == []

"""`specloom workflows new`: what it writes is a source that can be built as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from specloom.generator.cli.workflows import STARTS
from specloom.generator.workflows.build import build
from specloom.generator.workflows.first_source import first_source
from specloom.generator.workflows.source.services import services
from specloom.schemas.problems import SpecloomError
from tests.generator.workflows.test_build import specloom
from tests.generator.workflows.workflow_sources import problems

STEPS = {f"{key}:{o.operation_id}": o for key, s in services().items() for o in s.operations
         if not (o.sensitive or o.deprecated)}  # fmt: skip


def sketched(folder: Path, start: str, *steps: str) -> Path:
    path = folder / "my-flow.workflow.yaml"
    path.write_text(yaml.safe_dump(first_source("my-flow", start, steps, services()), sort_keys=False))
    return path


@pytest.mark.parametrize("start", STARTS)
def test_every_operation_can_be_a_first_step(tmp_path: Path, start: str) -> None:
    left = []
    for step, operation in STEPS.items():
        if any(f.required and f.type == "file" for f in operation.fields):
            continue
        found = problems(sketched(tmp_path, start, step, "post-message"))
        patterns = any(f.required and f.pattern for f in operation.fields) and start in ("schedule", "manual")
        left += [step] if found and not patterns else []
    assert left == [] and len(STEPS) > 50


def test_each_step_takes_what_an_earlier_one_made(tmp_path: Path) -> None:
    steps = ("tengrai:createTextcraftResponse", "tuen:textToSpeech", "fetch-file", "upload-file", "append-row")
    path = sketched(tmp_path, "form", *steps)
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    spoken = document["do"][1]["textToSpeech"]["with"]["parameters"]
    assert spoken == {"text": "${ $context.createTextcraftResponse.text }"}
    assert document["do"][2]["fetchFile"]["with"] == {"url": "${ $context.textToSpeech.audio_url }"}
    assert set(document["input"]["schema"]["document"]["properties"]) == {"prompt", "model"}
    assert set(document["output"]["as"]) == {"text", "audio_url"}
    made = build(path, services())
    assert made.problems == () and "make/my-flow.http.blueprint.json" in made.files


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (("tuna:generateImage",), "there is no service 'tuna'"),
        (("tuen:draw",), "tuen has no operation 'draw'"),
        (("fly-kite",), "there is no step 'fly-kite'"),
        (("upload-file",), "upload-file needs a file"),
        (("tengrai:rotateOrganizationWebhookSecret",), "has no operation"),
        (("specloom:uploadFile",), "takes a file"),
    ],
)
def test_a_step_that_there_is_not_is_told(steps: tuple[str, ...], message: str) -> None:
    with pytest.raises(SpecloomError, match=message):
        first_source("my-flow", "form", steps, services())


def test_the_command_writes_a_file_once(tmp_path: Path) -> None:
    asked = ("new", "my-flow", "--step", "tuen:generateImage", "--step", "send-email")
    done = specloom(*asked, cwd=tmp_path)
    assert done.returncode == 0 and problems(tmp_path / "my-flow.workflow.yaml") == []
    again = specloom(*asked, cwd=tmp_path)
    assert again.returncode == 1 and "is there already" in again.stderr
    odd = specloom("new", "../x", "--step", "send-email", cwd=tmp_path)
    assert odd.returncode == 1 and "no name of a workflow" in odd.stderr

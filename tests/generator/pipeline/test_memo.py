"""No memo decides a byte: with every one of them switched off the output is the same, only slower."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from specloom.generator.n8n.emit import emit
from specloom.generator.n8n.fields import shared_parameters
from specloom.generator.output.json_text import line
from specloom.generator.output.writer import MANIFEST
from specloom.generator.platforms import EMITTERS, EmitOptions
from specloom.schemas.load import load
from specloom.schemas.load.operations import OperationMaker
from specloom.schemas.memo import SWITCH
from specloom.schemas.model import Operation
from tests.generator.output.test_writer import tree
from tests.generator.pipeline.test_digests import KEPT, NAMES, document


def built(name: str, out: Path, switch: str) -> dict[str, bytes]:
    command = [sys.executable, "-m", "specloom", "build", str(document(name)), "--out", str(out / "apps")]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, SWITCH: switch})
    return {path: content for path, content in tree(out).items() if path != "apps"}


@pytest.mark.parametrize("name", NAMES)
def test_without_memos_every_file_is_the_same(name: str, tmp_path: Path) -> None:
    with_memos, without = built(name, tmp_path / "on", "on"), built(name, tmp_path / "off", "off")
    assert with_memos.keys() == without.keys() and len(without) > 20
    assert [path for path, content in with_memos.items() if without[path] != content] == []


WITHOUT_IDENTITY = """
import importlib, itertools, pkgutil, sys
from specloom import generator
from specloom.command import main
from specloom.generator import executor
executor.WORTH_IT = sys.maxsize  # all in this process
numbers = itertools.count()
for found in pkgutil.walk_packages(generator.__path__, "specloom.generator."):
    importlib.import_module(found.name).id = lambda value: next(numbers)
try:
    main()
finally:
    assert next(numbers) > 100, "nobody asked for an identity: this test shows nothing any more"
"""


@pytest.mark.parametrize("name", NAMES)
def test_no_identity_decides_a_byte_of_what_is_written(name: str, tmp_path: Path) -> None:
    """Emitters ask `id` only for tables of the memo. Here these are off, and no object ever has the same id twice."""
    command = [sys.executable, "-c", WITHOUT_IDENTITY, "build", str(document(name)), "--out", str(tmp_path / "apps")]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, SWITCH: "off"})
    manifests = {platform: next(tmp_path.glob(f"apps/*/{platform}/{MANIFEST}")).read_bytes() for platform in EMITTERS}
    known = json.loads(KEPT.read_text())[name]
    assert {platform: sha256(content).hexdigest() for platform, content in manifests.items()}.items() <= known.items()


def many(count: int) -> dict[str, Any]:
    """As many operations, each with a timeout of its own but the first and the last, which are alike in all."""
    job = {"status": "$response.body#/status", "succeeded": ["done"], "poll": "look"}
    link = {"operationId": "look", "parameters": {"id": "$response.body#/id"}}
    paths: dict[str, Any] = {"/looks/{id}": {"get": {
        "operationId": "look", "tags": ["Work"], "responses": {"200": {"description": "Seen"}},
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}}}  # fmt: skip
    for number in range(count):
        timeout = 1000 if number in (0, count - 1) else 1001 + number
        paths[f"/tasks/{number}"] = {"post": {
            "operationId": f"work{number}", "tags": ["Work"], "x-specloom": {"job": {**job, "timeout": timeout}},
            "responses": {"200": {"description": "Begun", "links": {"look": link}}}}}  # fmt: skip
    return {"openapi": "3.1.0", "info": {"title": "Many", "version": "1"}, "paths": paths}


@pytest.mark.parametrize("count", [200, 400])
def test_a_parameter_is_written_once_however_many_stand_between(count: int, tmp_path: Path) -> None:
    path = tmp_path / "many.json"
    path.write_text(json.dumps(many(count)))
    text = resource(path)
    assert text.count("default: 1002,") == 1
    assert text.count("default: 1000,") == 1, "the first operation's and the last one's"


@pytest.mark.parametrize(("count", "written"), [(200, 1), (400, 2)])
def test_a_memo_of_limited_size_would_be_seen(
    count: int, written: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were parameters shared by an identity that equal ones get from a memo which forgets, the test above would fail."""
    numbers = itertools.count()
    identity = lru_cache(256)(lambda text: str(next(numbers)).encode())
    monkeypatch.setattr(shared_parameters, "line", lambda parameter: identity(line(parameter)))
    path = tmp_path / "many.json"
    path.write_text(json.dumps(many(count)))
    assert resource(path).count("default: 1000,") == written


def resource(path: Path) -> str:
    return emit(load(path).service, EmitOptions()).files["nodes/Many/resources/task.ts"].decode()


@pytest.mark.parametrize("name", NAMES)
def test_schemas_that_are_read_again_for_each_operation_give_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Shapes` holds each schema once so that one that contains itself is met again; it is under no switch."""
    usual = load(document(name)).service
    make = OperationMaker.make

    def forgetful(maker: OperationMaker, *given: Any) -> Operation:
        for known in (maker.shapes.made, maker.shapes.objects, maker.shapes._known):
            known.clear()
        return make(maker, *given)

    monkeypatch.setattr(OperationMaker, "make", forgetful)
    assert load(document(name)).service == usual

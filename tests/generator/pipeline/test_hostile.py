"""Strangers' documents: none of them stops the loader, and nothing in them becomes code, an expression or a path."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

import pytest

from specloom.generator.platforms import EMITTERS, Emission, EmitOptions, emitter
from specloom.schemas.document.node import pointer_to
from specloom.schemas.http.serialization import to_wire
from specloom.schemas.load import load
from specloom.schemas.model import Service
from tests.generator.runtime.core_js import Call, answers, operation, service
from tests.platforms.toolchain import node
from tests.schemas.load.test_bombs import BOMBS
from tests.support.hostile import MARK, TEXTS, document

CHECK = Path(__file__).with_name("hostile_check.js")
SECONDS = 5.0

Parsed = Mapping[str, list[tuple[str, str]]]


def refused(constant: str) -> None:
    pytest.fail(f"{constant} is no JSON")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Service]:
    folder = tmp_path_factory.mktemp("hostile")
    result = {}
    for number, (name, text) in enumerate(TEXTS.items()):
        path = folder / f"{number}.json"
        path.write_text(document(text), "utf-8")
        result[name] = load(path).service
    return result


@pytest.fixture(scope="module")
def emitted(services: Mapping[str, Service]) -> Callable[[str, str], Emission]:
    known: dict[tuple[str, str], Emission] = {}

    def emit(platform: str, name: str) -> Emission:
        key = (platform, name)
        if key not in known:
            begun = time.process_time()
            known[key] = emitter(platform)(services[name], EmitOptions())
            assert time.process_time() - begun < SECONDS
        return known[key]

    return emit


@pytest.fixture(scope="module")
def parsed(services: Mapping[str, Service], emitted: Callable[[str, str], Emission]) -> Parsed:
    """'platform/name' to what a real parser finds wrong with its scripts, all in one run of Node."""
    files = [
        {"name": f"{platform}/{name}\n{path}", "text": data.decode("utf-8"), "kind": platform}
        for platform in EMITTERS
        for name in services
        for path, data in emitted(platform, name).files.items()
        if path.endswith((".js", ".ts", ".mjs"))
    ]
    command = [str(node()), "--expose-internals", "--no-warnings", str(CHECK)]
    ran = subprocess.run(command, input=json.dumps(files), capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr[-2000:]
    result: dict[str, list[tuple[str, str]]] = {}
    for place, fault in json.loads(ran.stdout):
        key, path = place.split("\n")
        result.setdefault(key, []).append((path, fault))
    return result


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_is_lost_while_loading(services: Mapping[str, Service], name: str) -> None:
    found = services[name]
    assert len(found.operations) == 4
    assert {"plainOne", "formOne", "listThem"} < {o.operation_id for o in found.operations}
    for one in found.operations:
        assert one.operation_id.isprintable() and one.name.isprintable() and one.name
        names = [field.name for field in one.fields]
        assert len(set(names)) == len(names) and all(n.isprintable() and n.strip() for n in names)


@pytest.mark.parametrize("platform", EMITTERS)
@pytest.mark.parametrize("name", TEXTS)
def test_files_stay_inside_and_are_what_they_say(
    emitted: Callable[[str, str], Emission], platform: str, name: str
) -> None:
    emission = emitted(platform, name)
    assert emission.files
    assert len({path.lower() for path in emission.files}) == len(emission.files)
    for path, data in emission.files.items():
        pure = PurePosixPath(path)
        assert not pure.is_absolute() and ".." not in pure.parts and str(pure) == path, path
        assert path.isascii() and path.isprintable() and len(path) < 240 and not set(path) & set('\\:*?"<>|'), path
        text = data.decode("utf-8")
        if path.endswith(".json"):
            json.loads(text, parse_constant=refused)
        if path.endswith(".svg"):
            kinds = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(text).iter()}
            assert "script" not in kinds and "foreignObject" not in kinds


@pytest.mark.parametrize("platform", EMITTERS)
@pytest.mark.parametrize("name", TEXTS)
def test_no_text_becomes_code(parsed: Parsed, platform: str, name: str) -> None:
    assert parsed.get(f"{platform}/{name}", []) == []


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_becomes_a_function_or_a_template_in_zapier(emitted: Callable[[str, str], Emission], name: str) -> None:
    definition = json.loads(emitted("zapier", name).files["definition.json"])
    for path, value in _walk(definition, ()):
        if isinstance(value, dict) and len(value) in (1, 2):  # what zapier-platform-core takes for a function
            source = value.get("source")
            assert not (isinstance(source, str) and "return" in source and MARK in source), path
            assert MARK not in str(value.get("require")), path
        if isinstance(value, str) and "{{" in value and "sample" not in path:  # samples are shown, never filled in
            assert MARK not in value, (path, value[:100])


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_becomes_an_expression_in_make(emitted: Callable[[str, str], Emission], name: str) -> None:
    for file, data in emitted("make", name).files.items():
        if file.endswith(".json"):
            for path, value in _walk(json.loads(data), ()):
                for text in (value,) if isinstance(value, str) else tuple(value) if isinstance(value, dict) else ():
                    for code in _iml(text):
                        assert MARK not in code, (file, path, text[:200])


_IML = re.compile(r"\{\{((?:'[^']*'|\"[^\"]*\"|(?!\}\})[^'\"])*)(\}\}|\Z)", re.DOTALL)
_IML_DATA = re.compile(
    r"'[^']*'|\"[^\"]*\"|\b(?:parameters|connection|body|headers|item|common|temp)(?:\.\w+|\.`[^`{}]*`)+"
)


def _iml(text: str) -> Iterator[str]:
    """The code in a text of Make's: what stands in {{ }} without its string literals and the names of values."""
    for match in _IML.finditer(text):
        yield _IML_DATA.sub("", match[1])
    rest = _IML.sub("", text)
    if "{{" in rest:
        yield rest


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_becomes_an_expression_in_n8n(emitted: Callable[[str, str], Emission], name: str) -> None:
    for file, data in emitted("n8n", name).files.items():
        if file.endswith(".json") and not file.endswith("operations.json"):
            for path, value in _walk(json.loads(data), ()):
                assert not (isinstance(value, str) and value.startswith("=") and MARK in value), (file, path)


@pytest.mark.parametrize("name", ["constructor", "toString", "source", "$ref", "quotes"])
def test_a_field_of_any_name_is_sent(services: Mapping[str, Service], name: str) -> None:
    plain = services[name].operation("plainOne")
    assert plain is not None
    field = next(f for f in plain.fields if f.pointer == pointer_to(TEXTS[name]))
    inputs = {"id": "1", field.name: "b", "plain": "b", "first": "b"}
    call = Call("buildRequest", (service("one"), operation("one", "plainOne"), inputs, "https://api.example.com"))
    answer = answers({"one": services[name]}, [call])[0]
    body = json.loads(answer["value"]["body"]) if isinstance(answer["value"]["body"], str) else answer["value"]["body"]
    assert body[TEXTS[name]] == to_wire(plain, inputs).body[TEXTS[name]] == "b"


BIG = (
    "100,000 values", "20,000 properties", "20,000 parameters", "2,000 alternatives", "a description of 1 MB",
    "a name of 1 MB", "an example 200 deep", "wide numbers", "properties that double", "anyOf of each other",
)  # fmt: skip


@pytest.mark.parametrize("platform", EMITTERS)
@pytest.mark.parametrize("name", BIG)
def test_bombs_do_not_go_off_in_an_emitter(tmp_path: Path, platform: str, name: str) -> None:
    path = tmp_path / "bomb.json"
    path.write_text(BOMBS[name](), "utf-8")
    found = load(path).service
    begun = time.process_time()
    emission = emitter(platform)(found, EmitOptions())
    assert time.process_time() - begun < SECONDS
    assert sum(map(len, emission.files.values())) < 60_000_000
    for file, data in emission.files.items():
        if file.endswith(".json"):
            json.loads(data, parse_constant=refused)


def _walk(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _walk(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _walk(child, (*path, str(index)))

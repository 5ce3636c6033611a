"""What every platform's emitter owes, whatever the platform: run for each entry of EMITTERS."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from specloom.generator.output.writer import write
from specloom.generator.platforms import EMITTERS, Emission, EmitOptions, emitter
from specloom.schemas.load import bundled, load
from specloom.schemas.model import Service
from tests import SHOWCASE

KEYS = [*bundled(), "showcase"]


@cache
def service(key: str) -> Service:
    return load(SHOWCASE if key == "showcase" else bundled()[key]).service


@cache
def emission(platform: str, key: str) -> Emission:
    return emitter(platform)(service(key), EmitOptions())


every = pytest.mark.parametrize(("platform", "key"), [(p, k) for p in EMITTERS for k in KEYS])


@every
def test_every_operation_and_trigger_is_accounted_for(platform: str, key: str) -> None:
    accounted = {entry.source for entry in emission(platform, key).written}
    expected = {o.operation_id for o in service(key).operations} | {f"trigger:{t.event}" for t in service(key).triggers}
    assert accounted >= expected
    for entry in emission(platform, key).written:
        assert entry.reason if entry.kind == "left out" else entry.name, entry


@every
def test_emitting_again_gives_the_same_and_touches_nothing(platform: str, key: str) -> None:
    again = emitter(platform)(service(key), EmitOptions())
    assert again == emission(platform, key)
    assert list(again.files) == sorted(again.files)


@every
def test_files_are_text_in_good_order(platform: str, key: str, tmp_path: Path) -> None:
    files = emission(platform, key).files
    for path, content in files.items():
        text = content.decode("utf-8")
        assert text.endswith("\n") and "\r" not in text and "\t\n" not in text, path
        if path.endswith(".json") and not path.endswith("tsconfig.json"):
            json.loads(text)
    assert write(tmp_path / "out", files).changed == len(files)


@every
def test_what_is_inferred_says_so(platform: str, key: str) -> None:
    """Every inferred operation that is written carries the word in its generated help."""
    inferred = [o for o in service(key).operations if o.inferred and not o.deprecated]
    text = "\n".join(content.decode() for content in emission(platform, key).files.values())
    if inferred:
        assert "ot documented" in text
    assert "UNKNOWN_" not in text


def test_the_bundled_services_have_no_problems() -> None:
    for key in bundled():
        assert service(key).problems == (), key
        for platform in EMITTERS:
            errors = [p for p in emission(platform, key).problems if p.level == "error"]
            assert errors == [], (key, platform)

"""The published rules of n8n, Zapier and Make, held against the bundled services and two large documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from specloom.generator.platforms import EMITTERS, EmitOptions, emitter
from specloom.schemas.interpretation import interpret
from specloom.schemas.load import bundled
from specloom.schemas.model import Service
from tests.platforms import corpus

LARGE = {"stripe": "stripe.com", "asana": "asana.com"}
DOCUMENTS = (*bundled(), *LARGE)
SHOWN = 20

Check = Callable[[Any, Service], Iterator[str]]


def rules(platform: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = yaml.safe_load(Path(__file__).with_name(f"{platform}.yaml").read_text("utf-8"))
    return found


def checks(platform: str) -> Mapping[str, Check]:
    known: Mapping[str, Check] = import_module(f"tests.review.{platform}").CHECKS
    return known


@cache
def service(document: str) -> Service:
    path = bundled()[document] if document in bundled() else corpus.root() / f"{LARGE[document]}.json"
    return interpret(path).service


@pytest.mark.parametrize("platform", EMITTERS)
def test_every_rule_has_its_page_and_either_a_check_or_a_person(platform: str) -> None:
    for rule in rules(platform):
        assert rule["page"].startswith("https://") and rule["rule"].endswith(".")
        assert ("check" in rule) != ("person" in rule), rule["rule"]
    assert {rule["check"] for rule in rules(platform) if "check" in rule} == set(checks(platform))


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("platform", EMITTERS)
def test_nothing_is_open(platform: str, document: str) -> None:
    described = service(document)
    files = emitter(platform)(described, EmitOptions()).files
    opened = import_module(f"tests.review.{platform}").opened(files)
    known = checks(platform)
    found = {
        rule["rule"]: list(known[rule["check"]](opened, described))[:SHOWN]
        for rule in rules(platform)
        if "check" in rule
    }
    assert {rule: told for rule, told in found.items() if told} == {}

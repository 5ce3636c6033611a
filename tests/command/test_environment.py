"""The environments that the README sets up: the suite's is pinned, the main job's takes what is newest."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import ROOT

CONSTRAINTS = ROOT / "constraints" / "test.txt"
SETUPS = re.compile(r"^<!-- (.+) -->\n```sh\n(python3 -m venv .+)\n```$", re.M)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def wanted() -> Iterator[Requirement]:
    extras = PROJECT["optional-dependencies"]
    for text in (*PROJECT["dependencies"], *extras["celery"], *extras["test"]):
        requirement = Requirement(text)
        if requirement.name != "specloom":
            yield requirement


def pins() -> list[Requirement]:
    return [Requirement(line) for line in CONSTRAINTS.read_text("utf-8").splitlines()]


def environment(python: str, system: str) -> dict[str, str]:
    implementation = {"platform_python_implementation": "CPython", "implementation_name": "cpython"}
    return {"python_version": python, "python_full_version": f"{python}.1", "sys_platform": system, **implementation}


def holds(requirement: Requirement, where: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(where)


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_every_dependency_is_pinned_once_wherever_we_run(python: str, system: str) -> None:
    """Red after a change of pyproject.toml: `just lock` renews the pins."""
    where = environment(python, system)
    pinned: dict[str, str] = {}
    for pin in pins():
        (specifier,) = pin.specifier
        assert specifier.operator == "==" and pin.url is None
        if holds(pin, where):
            assert pinned.setdefault(canonicalize_name(pin.name), specifier.version) == specifier.version
    for requirement in wanted():
        if holds(requirement, where):
            assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement


def test_the_pins_name_no_host() -> None:
    text = CONSTRAINTS.read_text("utf-8")
    assert "://" not in text and "--" not in text and "@" not in text


def test_the_readme_sets_up_two_environments() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    commands = dict(SETUPS.findall(text))
    assert list(commands) == ["main job", "tests"] and text.count("python3 -m venv") == 2
    assert "constraints" not in commands["main job"]
    assert f"-c {CONSTRAINTS.relative_to(ROOT).as_posix()} " in commands["tests"]
    assert "'.[test]'" in commands["tests"] and commands["tests"].endswith("-m pytest")

"""Who publishes what is written, as the document says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from specloom.schemas.load import load
from specloom.schemas.model import PackageOwner, Service


def loaded(folder: Path, **more: Any) -> Service:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1", "contact": {"name": "The Team", "email": "team@example.com"}},
        "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "ok"}}}}},
        **more,
    }
    path = folder / "openapi.yaml"
    path.write_text(yaml.safe_dump(document))
    return load(path).service


def test_the_contact_is_the_author_where_nothing_else_is_said(tmp_path: Path) -> None:
    assert loaded(tmp_path).owner == PackageOwner(author="The Team", email="team@example.com")


def test_the_extension_says_who_and_where(tmp_path: Path) -> None:
    package = {"repository": "https://github.com/you/x", "author": "Ada", "bugs": "https://example.com/bugs"}
    found = loaded(tmp_path, **{"x-specloom": {"package": package}}).owner
    assert found == PackageOwner(email="team@example.com", **package)


def test_an_address_that_is_none_is_a_problem(tmp_path: Path) -> None:
    found = loaded(tmp_path, **{"x-specloom": {"package": {"repository": "javascript:alert(1)"}}})
    assert found.owner.repository == ""
    assert any("package" in problem.message or "repository" in problem.message for problem in found.problems)

"""Samples look like what a service would give."""

from __future__ import annotations

from typing import Any

import pytest

from specloom.schemas.load.samples import sample, sample_of
from specloom.schemas.model import Choice, Field


def _field(name: str, **more: Any) -> Field:
    return Field(
        **{"name": name, "title": name.title(), "location": "body", "pointer": f"/{name}", "type": "string", **more}
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [("city", "Berlin"), ("billingCity", "Berlin"), ("home_zip_code", "10117"), ("created_at", "2026-01-15T10:30:00Z")],
)
def test_a_name_says_what_it_holds(name: str, shown: str) -> None:
    assert sample(_field(name)) == shown


def test_a_name_that_says_nothing_is_its_title() -> None:
    assert sample(_field("velocity")) == "velocity"


def test_a_known_value_that_does_not_fit_is_not_shown() -> None:
    assert sample(_field("city", max_length=3)) == "cit"
    assert sample(_field("city", pattern="^[0-9]+$")) is None


def test_work_is_finished() -> None:
    choices = tuple(Choice(value=value, label=value) for value in ("queued", "running", "failed", "completed"))
    assert sample(_field("status", choices=choices)) == "completed"
    assert sample(_field("size", choices=choices)) == "queued"
    assert sample(_field("status", choices=choices[:2])) == "queued"


def test_seconds_are_a_real_date() -> None:
    fields = [
        _field("made", type="integer", format="unix-time"),
        _field("small", type="integer", format="unix-time", maximum=9),
    ]
    assert sample_of(fields) == {"made": 1768473000, "small": 1}


def test_what_the_document_says_comes_first() -> None:
    assert sample(_field("city", example="Oslo")) == "Oslo"

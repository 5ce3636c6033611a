"""`specloom demo` shows everything within seconds, and everything it shows works."""

from __future__ import annotations

import time

from click.testing import CliRunner

from specloom.connector.demo import demo


def test_the_demo() -> None:
    began = time.monotonic()
    outcome = CliRunner().invoke(demo)
    assert outcome.exit_code == 0, outcome.output
    assert "7 events" in outcome.output and time.monotonic() - began < 30
    for words in (
        "image_url http", "audio_url http", "text Welcome", "queued job_", "must have at most 500 characters",
        "insufficient_credits", "image.succeeded from tengrai (signed)", "audio.succeeded from tuneforge (signed)",
    ):  # fmt: skip
        assert words in outcome.output, words
    assert "slk_" not in outcome.output and "Traceback" not in outcome.output

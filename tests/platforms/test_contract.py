"""The same inputs become the same request on every platform, and one that the document allows: 200 operations of real
documents by default, 2,000 by `-m soak`."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests import ROOT
from tests.platforms.contract import KEY, NOTES, Case, cases, run_make, run_n8n, run_zapier
from tests.platforms.n8n import N8n
from tests.platforms.recorder import Call, Recorder
from tests.platforms.zapier import Zapier

PLATFORMS = ("n8n", "zapier", "make")
RESULTS = ROOT / "benchmarks" / "results"


def differences(found: list[Case], recorder: Recorder) -> list[str]:
    """One line for each request that is missing, or is not what the document's rules make of the inputs."""
    lines = []
    for case in found:
        for platform in PLATFORMS:
            name = f"{platform}{case.number}"
            calls = recorder.calls(name)
            if len(calls) != 1:
                lines.append(f"{platform} {case}: {len(calls)} requests: {NOTES.get(name, '')[:300]}")
                continue
            lines += [f"{platform} {case}: {line}" for line in _unlike(case, calls[0])]
    return lines


def _unlike(case: Case, call: Call) -> Iterator[str]:
    expected, auth = case.expected, case.service.auth
    if call.method != case.operation.method:
        yield f"method {call.method}"
    if call.path != unquote(expected.path):
        yield f"path {call.path!r}, not {unquote(expected.path)!r}"
    query = sorted([*expected.query, *([(auth.name, KEY)] if auth.location == "query" else [])])
    if _instants(_plain_pairs(call.query)) != _instants(_plain_pairs(query)):
        yield f"query {sorted(call.query)}, not {query}"
    headers = {name.lower(): value for name, value in expected.headers.items()}
    if auth.location == "header":
        headers[auth.name.lower()] = auth.value_prefix + KEY
    for name, value in headers.items():
        if _plain(call.headers.get(name)) != _plain(value):
            yield f"header {name}: {call.headers.get(name)!r}, not {value!r}"
    yield from _unlike_body(case, call)


def _plain_pairs(query: Iterable[tuple[str, str]]) -> list[tuple[str, Any]]:
    return [(name, _plain(value)) for name, value in sorted(query)]


def _plain(value: Any) -> Any:
    """JSON in a header or query, however it is spaced."""
    try:
        return json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value
    except ValueError:
        return value


_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.0+)?(?:Z|[+-]00:?00)")


def _instants(value: Any) -> str:
    """As text, with the ways to write one moment made one: Make's dates are dates, not texts."""
    return _INSTANT.sub(r"\1Z", json.dumps(value, sort_keys=True, default=str))


def _unlike_body(case: Case, call: Call) -> Iterator[str]:
    expected = case.expected
    if expected.media_type and expected.media_type.split(";")[0].lower() != call.media_type:
        yield f"media type {call.media_type!r}, not {expected.media_type!r}"
    elif "json" in expected.media_type and _instants(call.content or {}) != _instants(expected.body or {}):
        yield f"body {json.dumps(call.content)[:400]}, not {json.dumps(expected.body)[:400]}"
    elif not expected.media_type and call.content not in (None, {}, []):
        yield f"body {call.body[:200]!r}, not none"


def unequal(found: list[Case], recorder: Recorder, reported: set[int]) -> list[str]:
    """Where the platforms' bodies differ from each other: forms and files have no other measure. What Make cannot
    express, and the build has `reported`, is not held against it."""
    lines = []
    for case in found:
        bodies: dict[str, Any] = {}
        for platform in PLATFORMS:
            calls = recorder.calls(f"{platform}{case.number}")
            if len(calls) == 1 and not (platform == "make" and case.number in reported):
                bodies[platform] = calls[0].content or {}
        if len({_instants(body) for body in bodies.values()}) > 1:
            shown = {platform: repr(body)[:200] for platform, body in bodies.items()}
            lines.append(f"{case}: {shown}")
    return lines


class Outcome:
    def __init__(self, count: int, folder: Path, zapier: Zapier) -> None:
        self.recorder = Recorder()
        self.cases = cases(count, self.recorder)
        for case in self.cases:
            for platform in PLATFORMS:
                self._answer(case, f"{platform}{case.number}")
        self.reported = run_make(self.cases, self.recorder)
        run_zapier(self.cases, zapier, self.recorder, folder / "zapier")
        with N8n() as n8n:
            run_n8n(self.cases, n8n, self.recorder, folder / "n8n")
        self.recorder.stop()

    def _answer(self, case: Case, name: str) -> None:
        output = case.operation.output
        if output.binary:
            self.recorder.answer(name, "application/octet-stream", b"bytes")
        else:
            self.recorder.answer(name, "application/json", json.dumps(output.sample or {}).encode())


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory, zapier: Zapier, n8n_dir: Path) -> Outcome:
    return Outcome(200, tmp_path_factory.mktemp("contract"), zapier)


def test_every_platform_sends_what_the_document_says(outcome: Outcome) -> None:
    assert len(outcome.cases) == 200
    assert differences(outcome.cases, outcome.recorder) == []


def test_the_platforms_send_the_same(outcome: Outcome) -> None:
    assert unequal(outcome.cases, outcome.recorder, outcome.reported) == []


def test_the_sample_is_of_all_kinds(outcome: Outcome) -> None:
    methods = Counter(case.operation.method for case in outcome.cases)
    places = Counter(f.location for case in outcome.cases for f in case.operation.fields if f.name in case.inputs)
    assert min(methods[m] for m in ("GET", "POST", "PUT", "PATCH", "DELETE")) > 2, methods
    assert min(places[p] for p in ("path", "query", "body")) > 30 and places["header"] > 0, places


@pytest.mark.soak
def test_two_thousand_operations(tmp_path: Path, zapier: Zapier, n8n_dir: Path) -> None:
    found = Outcome(2000, tmp_path, zapier)
    told = differences(found.cases, found.recorder) + unequal(found.cases, found.recorder, found.reported)
    RESULTS.mkdir(parents=True, exist_ok=True)
    summary = {
        "operations": len(found.cases),
        "services": len({c.service.key for c in found.cases}),
        "differences": told,
    }
    (RESULTS / "contract.json").write_text(json.dumps(summary, indent=2) + "\n")
    assert len(found.cases) == 2000 and told == []

"""Mistakes that would hurt at run time, each found once and at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from specloom.generator.report.advice import quality
from specloom.schemas.load import bundled, load

DOCUMENT = """\
openapi: 3.1.0
info: {title: Songs, version: "1"}
servers: [{url: "https://api.songs.example"}]
paths:
  /songs:
    post:
      operationId: makeSong
      x-specloom:
        job: {poll: poll, status: $response.body#/status, succeeded: [done]}
        result: {type: audio, url: $response.body#/audio_url}
      responses:
        "202":
          description: ok
          content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}
          links: {poll: {operationId: getSong, parameters: {id: $response.body#/id}}}
  /songs/{id}:
    get:
      operationId: getSong
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                properties:
                  status: {type: string, enum: [queued, done]}
                  audio_url: {type: string}
"""
CODES = {"unknown-state", "points-nowhere", "link-parameter", "misspelt-extension", "angle-parameter"}
FAULTS = {
    "unknown-state": ("succeeded: [done]", "succeeded: [finished]", 9),
    "points-nowhere": ("#/audio_url}", "#/sound_url}", 10),
    "link-parameter": ("parameters: {id: $response", "parameters: {song: $response", 15),
    "misspelt-extension": ("      x-specloom:\n        job", "      x-speclom: {}\n      x-specloom:\n        job", 8),
    "angle-parameter": ("  /songs/{id}:", "  /songs/<id>:", 16),
}


def found(folder: Path, text: str) -> list[tuple[str, int]]:
    path = folder / "songs.yaml"
    path.write_text(text)
    return [(p.code, p.location.line) for p in quality(load(path)) if p.code in CODES]


@pytest.mark.parametrize("code", FAULTS)
def test_each_is_found_at_its_line(code: str, tmp_path: Path) -> None:
    right, wrong, line = FAULTS[code]
    assert right in DOCUMENT
    assert (code, line) in found(tmp_path, DOCUMENT.replace(right, wrong, 1))


def test_nothing_is_found_where_nothing_is_wrong(tmp_path: Path) -> None:
    assert found(tmp_path, DOCUMENT) == []


@pytest.mark.parametrize("key", bundled())
def test_the_bundled_documents_have_none(key: str) -> None:
    assert [p for p in quality(load(bundled()[key])) if p.code in CODES] == []

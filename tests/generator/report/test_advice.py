"""What `specloom check` says of a document's quality: one fault at a time, with its line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from specloom.generator.report.advice import quality
from specloom.schemas.load import bundled, load
from tests.command.test_cli import specloom

GOOD = """\
openapi: 3.1.0
info: {title: Songs, version: 1.0.0, description: Makes songs.}
servers: [{url: https://songs.example}]
security: [{key: []}]
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
x-specloom: {connection: {operation: getMe}}
paths:
  /me:
    get:
      operationId: getMe
      tags: [Account]
      summary: Get the account
      description: Tells who the key belongs to.
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, properties: {email: {type: string}}}, example: {email: a@example.com}}}
  /songs:
    post:
      operationId: makeSong
      tags: [Song]
      summary: Make a song
      description: Makes a song out of a text.
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [text]
              properties:
                text: {type: string, description: What it is about., example: Rain}
                mood: {type: string, enum: [happy, sad], description: How it sounds.}
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, properties: {title: {type: string}}}, example: {title: Rain}}}
        "400": {description: bad}
"""


def findings(folder: Path, text: str) -> list[tuple[str, int]]:
    path = folder / "songs.yaml"
    path.write_text(text)
    found = quality(load(path))
    assert all(problem.level == "warning" and problem.hint and problem.location.file == str(path) for problem in found)
    return [(problem.code, problem.location.line) for problem in found]


def test_a_good_document_has_no_findings(tmp_path: Path) -> None:
    assert findings(tmp_path, GOOD) == []


@pytest.mark.parametrize("key", bundled())
def test_the_bundled_documents_are_good(key: str) -> None:
    assert [str(problem) for problem in quality(load(bundled()[key]))] == []


FAULTS: list[tuple[str, str, str, int]] = [
    (", description: Makes songs.", "", "no-description", 2),
    ("servers: [{url: https://songs.example}]", "servers: []", "no-server", 1),
    ("https://songs.example", "/v1", "relative-server", 3),
    ("https://songs.example", "http://songs.example", "plain-http", 3),
    ("x-specloom: {connection: {operation: getMe}}\n", "", "guessed-connection-test", 1),
    ("      summary: Make a song\n", "", "no-summary", 19),
    ("Make a song\n", f"Make a song {'and another ' * 6}\n", "long-summary", 19),
    ("      description: Makes a song out of a text.\n", "", "no-operation-description", 19),
    ("      operationId: makeSong\n", "", "no-operation-id", 19),
    (', example: {title: Rain}', "", "no-example", 19),
    ("schema: {type: object, properties: {email: {type: string}}}, example: {email: a@example.com}", "schema: {}", "no-output", 9),
    ('        "400": {description: bad}\n', "", "no-errors", 19),
    ("description: What it is about., ", "", "no-field-description", 31),
    (", example: Rain}", "}", "no-input-example", 31),
    ("enum: [happy, sad]", "enum: [a1, b2]", "unlabelled-enum", 32),
    ("text: {type: string,", "text: {", "untyped", 31),
    ("                mood:", "                api_key: {type: string, description: Yours.}\n                mood:", "unmarked-secret", 32),
    ("/songs:", "/keys/rotate:", "unmarked-sensitive", 19),
    ("{type: object, properties: {title: {type: string}}}, example: {title: Rain}", "{type: object, properties: {audio_url: {type: string}}}, example: {audio_url: x}", "no-result", 19),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "line"), FAULTS, ids=[fault[2] for fault in FAULTS])
def test_each_fault_is_found_where_it_stands(old: str, new: str, code: str, line: int, tmp_path: Path) -> None:
    assert old in GOOD
    found = dict(findings(tmp_path, GOOD.replace(old, new)))
    assert found.get(code) == line, found


def test_other_faults(tmp_path: Path) -> None:
    no_key = GOOD.replace("security: [{key: []}]\n", "").replace(
        "components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}\n", ""
    )
    assert "no-security" in dict(findings(tmp_path, no_key.replace('"400"', '"401"')))
    no_read = GOOD.replace("x-specloom: {connection: {operation: getMe}}\n", "").replace("    get:\n", "    put:\n")
    assert "no-connection-test" in dict(findings(tmp_path, no_read))
    bare = GOOD.replace('"200"', '"400"', 1)
    assert "no-success" in dict(findings(tmp_path, bare))
    paged = GOOD.replace("summary: Get the account", "summary: Get the account\n      parameters: [{name: page, in: query, description: Which., schema: {type: integer}}]")  # fmt: skip
    paged = paged.replace("schema: {type: object, properties: {email: {type: string}}}, example: {email: a@example.com}", "schema: {type: array, items: {type: object, properties: {id: {type: string}}}}, example: []")  # fmt: skip
    assert "no-pagination" in dict(findings(tmp_path, paged))
    job = GOOD.replace('"200":\n          description: ok\n          content: {application/json: {schema: {type: object, properties: {title: {type: string}}}, example: {title: Rain}}}', '"202":\n          description: ok\n          content: {application/json: {schema: {type: object, properties: {id: {type: string}}}, example: {id: a}}}')  # fmt: skip
    job += """\
  /songs/{id}:
    get:
      operationId: getSong
      tags: [Song]
      summary: Get a song
      description: Tells its state.
      parameters: [{name: id, in: path, required: true, description: Its ID., schema: {type: string}}]
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: object, properties: {status: {type: string, enum: [running, done, failed]}}}, example: {status: done}}}
"""
    assert "no-job" in dict(findings(tmp_path, job))
    untagged = GOOD.replace("      tags: [Song]\n", "")
    for index in range(5):
        untagged += (
            f'  /more{index}:\n    delete: {{operationId: more{index}, responses: {{"204": {{description: ok}}}}}}\n'
        )
    assert "no-tag" in dict(findings(tmp_path, untagged))


def test_a_shared_schema_s_fault_is_told_once(tmp_path: Path) -> None:
    text = GOOD.replace(
        "components: {",
        "components: {schemas: {Kind: {type: object, properties: {kind: {type: string, enum: [a1, b2], description: It.}}}}, ",
    )
    for index in range(3):
        text += (
            f"  /k{index}:\n    post:\n      operationId: k{index}\n      tags: [K]\n      summary: Do k{index}\n      description: It does.\n"
            "      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Kind'}}}}\n"
            '      responses: {"204": {description: ok}, "400": {description: bad}}\n'
        )
    assert [code for code, _ in findings(tmp_path, text)] == ["unlabelled-enum"]


def test_a_very_large_document_is_told_to_split(tmp_path: Path) -> None:
    more = "".join(f'  /x{i}: {{get: {{operationId: x{i}, tags: [X], summary: Get x{i}, description: It gets., responses: {{"204": {{description: ok}}}}}}}}\n' for i in range(300))  # fmt: skip
    assert findings(tmp_path, GOOD + more) == [("large", 0)]


def test_the_command(tmp_path: Path, document: Callable[..., Path]) -> None:
    (tmp_path / "songs.yaml").write_text(GOOD.replace("      summary: Make a song\n", ""))
    done = specloom("check", "songs.yaml", cwd=tmp_path)
    assert done.stdout == "left out: no summary: 1 (--verbose lists them)\n"
    done = specloom("check", "songs.yaml", "--verbose", cwd=tmp_path)
    assert done.returncode == 0 and done.stderr.strip() == "2 operations, 0 errors, 1 warnings"
    assert done.stdout.startswith("songs.yaml:19 (makeSong): warning: POST /songs has no summary - add a summary")
    told = json.loads(specloom("check", "songs.yaml", "--format", "json", cwd=tmp_path).stdout)
    assert [(entry["code"], entry["line"], entry["operation"]) for entry in told] == [("no-summary", 19, "makeSong")]
    overlay = {"overlay": "1.0.0", "info": {"title": "T", "version": "1"}, "actions": [{"target": "$.paths['/songs'].post", "update": {"summary": "Make a song"}}]}  # fmt: skip
    (tmp_path / "o.json").write_text(json.dumps(overlay))
    assert specloom("check", "songs.yaml", "--overlay", "o.json", cwd=tmp_path).stdout == ""
    both = specloom("check", "songs.yaml", "songs.yaml", "--overlay", "o.json", cwd=tmp_path)
    assert both.returncode == 2 and "--overlay belongs to one DOCUMENT" in both.stderr

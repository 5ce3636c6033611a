"""What is wrong with a source is told with its line, what it is, and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specloom.generator.workflows.build import build, bundled
from specloom.generator.workflows.source.check import check
from specloom.generator.workflows.source.load import load
from specloom.generator.workflows.source.services import services, with_documents
from specloom.schemas.document.source import Source
from tests.generator.workflows.workflow_sources import CALL, NAMES, problems, template, written


@pytest.mark.parametrize("name", NAMES)
def test_the_bundled_sources_are_right(name: str) -> None:
    assert template(name).problems == ()


def test_together_they_cover_every_service() -> None:
    used = {key for name in NAMES for key in template(name).checked.workflow.services}  # type: ignore[union-attr]
    assert used == {"tuen", "aiops", "mayanio", "tuneforge", "tengrai", "specloom"}
    assert len(NAMES) == 12


TASKS = """do:
  - draw:
      {call}
      export: {{as: "${{ $context + {{ image: . }} }}"}}
  - keep:
      set: {{url: "{value}"}}
output:
  as: {{url: "${{ .url }}"}}
"""


def test_a_small_source_is_right(tmp_path: Path) -> None:
    assert problems(written(tmp_path, TASKS.format(call=CALL, value="${ .image_url }"))) == []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("${ .video_url }", ".video_url: there is no field 'video_url'"),
        ("${ .items.url }", ".items.url: there is no field 'url'"),
        ("${ .items[0].nope }", ".items[0].nope: there is no field 'nope'"),
        ("${ .id }", ".id: there is no field 'id'"),
        ("${ $context.nope.url }", "$context.nope.url: the context has no 'nope' here"),
        ("${ $workflow.input.nope }", "$workflow.input.nope: there is no field 'nope'"),
        ("${ $workflow.input.style }", "$workflow.input.style may be empty"),
        ("${ $error.status }", "$error.status: $error is not known here"),
        ("${ .image_url | ascii }", "'| ascii' is beyond what every platform can express"),
        ("${ .image_url == 1 }", "a comparison is no value"),
        ("see ${ .image_url }", "an expression stands inside a text"),
    ],
)
def test_every_expression_names_something_that_is_there(tmp_path: Path, value: str, message: str) -> None:
    (found,) = [p for p in problems(written(tmp_path, TASKS.format(call=CALL, value=value))) if p.startswith("26:")]
    assert found.startswith(f"26: {message}")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("generateImage", "drawImage", 22, "tuen has no operation 'drawImage'"),
        ("//tuen", "//tuna", 18, "there is no service 'tuna'"),
        ("{prompt:", "{promt:", 23, "generateImage has no input 'promt'"),
        ('{prompt: "${ .prompt }"}', "{}", 23, "generateImage needs 'prompt'"),
        ('{prompt: "${ .prompt }"}', '{prompt: x, aspect_ratio: "7:7"}', 23, "aspect_ratio: '7:7' is not one of"),
        ('{prompt: "${ .prompt }"}', "{prompt: 7}", 23, "prompt: 7 is not of type 'string'"),
        ("call: openapi", "call: openapy", 19, "'openapy' cannot be called"),
        ("call: openapi", "call: http", 19, "'http' cannot be called"),
        ("call: openapi", "cal: openapi", 18, "the task 'draw' says cal, with, export"),
        ("operationId: ", "operation: ", 22, "'operation' is not known in 'with'"),
        ("  - keep:", "  - draw:", 25, "the task 'draw' stands twice"),
        ("  - keep:", "  - 'a b':", 25, "'a b' is no name of a task"),
        ("set: {url", "then: nowhere\n      set: {url", 25, "'then' names no task: 'nowhere'"),
        ("set: {url", "then: draw\n      set: {url", 25, "'draw' leads back"),
    ],
)
def test_faults_are_told_with_their_line(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    text = TASKS.format(call=CALL, value="x")
    assert old in text
    found = problems(written(tmp_path, text.replace(old, new, 1)))
    assert any(p.startswith(f"{line}: {message}") for p in found), found


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        ("do: []\n", "there is nothing to do"),
        ("do:\n  - a: {run: {shell: {command: ls}}}\n", "the task 'a' says run"),
        ("do:\n  - a: {wait: soon}\n", "'wait' must be a duration"),
        ("do:\n  - a: {set: {x: 1}, then: end}\n  - b: {set: {x: 1}}\n", "no way leads to the task 'b'"),
        ("do:\n  - a: {call: 'send-email:1.0.0@specloom', with: {to: x}}\n", "send-email needs 'subject'"),
        ("do:\n  - a: {call: 'fly-kite:1.0.0@specloom'}\n", "the catalogue has no 'fly-kite'"),
        ("do:\n  - a: {switch: [{x: {when: '.prompt', then: end}}]}\n", "'when' must be a comparison"),
        ("do:\n  - a: {for: {in: '.prompt'}, do: [{b: {set: {x: 1}}}]}\n", ".prompt is no list"),
        ("do:\n  - a: {call: openapi, with: {document: {endpoint: 'specloom://tengrai'}, operationId: "
         "rotateOrganizationWebhookSecret, parameters: {orgId: x}}}\n", "makes or removes a secret"),
        ("do:\n  - a: {set: {x: 1}}\noutput: {as: {y: '${ .z }'}}\n", ".z: there is no field 'z'"),
        ("do:\n  - a: {set: {x: 1}, export: {as: '${ . }'}}\n", "an export adds the output to the context"),
        ("do:\n  - a: {set: {x: 1}}\nuse2: 1\n", "'use2' is not known in a workflow"),
        ("schedule: {on: {one: {with: {type: nope, source: 'specloom://specloom'}}}}\ndo:\n  - a: {set: {x: 1}}\n",
         "specloom has no event 'nope'"),
    ],
)  # fmt: skip
def test_what_no_platform_has_is_refused(tmp_path: Path, tasks: str, message: str) -> None:
    found = problems(written(tmp_path, tasks))
    assert any(message in p for p in found), found


FILE = """do:
  - get: {call: 'fetch-file:1.0.0@specloom', with: {url: "https://example.com/a.wav"}}
  - between: {call: 'send-email:1.0.0@specloom', with: {to: a, subject: b, text: c}}
  - save: {call: 'upload-file:1.0.0@specloom', with: {name: a.wav, file: "${ %s }"}}
"""


def test_a_file_is_taken_from_the_step_before_only(tmp_path: Path) -> None:
    (found,) = problems(written(tmp_path, FILE % "."))
    assert found.startswith("20: . is no file")
    assert problems(written(tmp_path, "\n".join(FILE.split("\n")[:2] + FILE.split("\n")[3:]) % ".")) == []


def test_branches_that_meet_must_agree(tmp_path: Path) -> None:
    branches = """do:
  - which: {switch: [{a: {when: '${ .prompt == "x" }', then: one}}, {b: {then: two}}]}
  - one: {set: {x: 1}, then: use}
  - two: {set: {%s: 1}}
  - use: {set: {y: "${ .x }"}}
"""
    assert problems(written(tmp_path, branches % "x")) == []
    assert "25" not in problems(written(tmp_path, branches % "z"))[0]
    assert any(
        "means different things" in p or "no field 'x'" in p for p in problems(written(tmp_path, branches % "z"))
    )


@pytest.mark.parametrize("content", ["", "[1, 2]", "a: [", "document: 1\ndo: 2", "\x00\x01", "document: {}\ndo: {}"])
def test_broken_files_are_problems_and_no_tracebacks(tmp_path: Path, content: str) -> None:
    path = tmp_path / "broken.workflow.yaml"
    path.write_text(content)
    found, told = check(load(path), services())
    assert found is None and told and all(p.location.file for p in told)


def test_cutting_any_part_out_of_a_source_never_raises(tmp_path: Path) -> None:
    """Every value of every bundled source, replaced by something unexpected."""
    path = tmp_path / "cut.workflow.yaml"
    seen = 0
    for source in bundled()[::3]:
        root = Source(source).root
        for keys in _places(root):
            changed = json.loads(json.dumps(root))
            holder = changed
            for key in keys[:-1]:
                holder = holder[key]
            holder[keys[-1]] = (None, 7, "${ .x }", [], {"a": 1})[seen % 5]
            path.write_text(json.dumps(changed))
            build(path, services())
            seen += 1
    assert seen > 100


def _places(value: object, at: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, each in inner for place in [(*at, key), *_places(each, (*at, key))]]


MADE = """openapi: 3.1.0
info: {title: Made, version: "1"}
servers: [{url: "https://api.made.example"}]
paths:
  /pictures:
    post:
      operationId: makePicture
      x-specloom:
        result: {type: image, url: $response.body#/url}
        job: {poll: look, status: $response.body#/state, succeeded: [done], failed: [broken]}
      requestBody: {content: {application/json: {schema: {type: object, properties: {prompt: {type: string}}}}}}
      responses:
        "202":
          description: Begun
          content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}
          links: {look: {operationId: getPicture, parameters: {id: $response.body#/id}}}
  /pictures/{id}:
    get:
      operationId: getPicture
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: How far it is
          content:
            application/json:
              schema: {type: object, properties: {state: {type: string}, url: {type: string}}}
"""


def test_a_job_whose_result_is_said_where_it_starts_is_accepted(tmp_path: Path) -> None:
    """So `specloom infer` writes it; the reply that is read is that of the poll all the same."""
    (tmp_path / "made.openapi.yaml").write_text(MADE)
    known = with_documents((tmp_path / "made.openapi.yaml",))
    tasks = """do:
  - draw:
      call: openapi
      with: {document: {endpoint: "specloom://made"}, operationId: makePicture, parameters: {prompt: "${ .prompt }"}}
  - keep: {set: {url: "${ .image_url }", state: "${ .raw.state }"}}
output: {as: {url: "${ .url }"}}
"""
    made = build(written(tmp_path, tasks), known)
    assert made.problems == ()
    assert "$json.url" in made.files["n8n/small.http.json"].decode()
    assert ".data.url}}" in made.files["make/small.http.blueprint.json"].decode()

"""`--merge`: a document is completed, and what a person wrote in it stays letter by letter."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest
import yaml

from specloom.schemas.draft import Text, draft
from specloom.schemas.draft.write.completion import Completed, completed
from specloom.schemas.load import bundled, load
from specloom.schemas.problems import SpecloomError, worst
from tests.draft.pages import PAGES, needs_pages

PAGE = Text(
    "page.md",
    """# Acme API

Base URL: `https://api.acme.dev/v1`. Send `Authorization: Bearer ak_xxxxxxxx`.

## Create a thing

`POST /things`

| Name | Type | Required | Description |
|---|---|---|---|
| name | string | yes | What it is called |
| size | integer | no | How large. Default: 3 |

### Response

```json
{"id": "thg_1", "size": 3}
```

## Get a thing

`GET /things/{thing_id}`
""",
)
EXISTING = """\
# Written by hand.
openapi: 3.1.0   # keep
info: {title: Mine, version: "2"}
servers:
  - url: https://api.acme.dev/v1
paths:
  /things:
    # our favourite call
    post:
      operationId: makeThing
      summary: Make   # short
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                size: {type: integer, default: 5}   # ours
  /things/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
    get:
      responses:
        "200": {description: The thing}
"""


def merged(text: str, tmp_path: Path, name: str = "api.yaml") -> Completed:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return completed(path, draft([PAGE]).document)


def removed(before: str, after: str) -> list[str]:
    """Lines of `before` that are not in `after`, but for what was put into a mapping in braces."""
    changes = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in changes if line.startswith("- ")]


def test_a_document_is_completed(tmp_path: Path) -> None:
    made = merged(EXISTING, tmp_path)
    whole = yaml.safe_load(made.text)
    assert set(removed(EXISTING, made.text)) <= {
        "-                 size: {type: integer, default: 5}   # ours",
        '- info: {title: Mine, version: "2"}',
    }
    assert 'info: {title: Mine, version: "2"' in made.text and "size: {type: integer, default: 5" in made.text
    assert "# ours" in made.text and "# our favourite call" in made.text and "summary: Make   # short" in made.text
    post = whole["paths"]["/things"]["post"]
    properties = post["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert properties["size"]["default"] == 5 and properties["size"]["description"].startswith("How large")
    assert properties["name"]["type"] == "string"
    assert post["operationId"] == "makeThing" and "200" in post["responses"]
    assert list(whole["paths"]) == ["/things", "/things/{id}"]
    assert "parameters" not in whole["paths"]["/things/{id}"]["get"]
    assert whole["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


def test_what_differs_is_told_and_stays(tmp_path: Path) -> None:
    told = " ".join(map(str, merged(EXISTING, tmp_path).contradictions))
    assert "default is 5 in line 18" in told and "page.md:12" in told


def test_a_second_time_adds_nothing(tmp_path: Path) -> None:
    once = merged(EXISTING, tmp_path)
    again = merged(once.text, tmp_path)
    assert again.added == 0 and again.text == once.text


def test_a_completed_document_loads(tmp_path: Path) -> None:
    path = tmp_path / "made.yaml"
    path.write_text(merged(EXISTING, tmp_path).text, "utf-8")
    assert worst(load(path).problems) != "error"


@pytest.mark.parametrize("indent", [None, 2])
def test_json_stays_json(tmp_path: Path, indent: int | None) -> None:
    before = json.dumps(yaml.safe_load(EXISTING), indent=indent)
    made = json.loads(merged(before, tmp_path, "api.json").text)
    assert made["paths"]["/things"]["post"]["responses"]["200"]
    assert made["info"]["title"] == "Mine"


@pytest.mark.parametrize("text", ["", "[]", "a: [", "just words", "a: &a [*a, *a]"])
def test_what_is_no_document_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(SpecloomError) as told:
        merged(text, tmp_path)
    assert "\n" not in str(told.value)


@needs_pages
@pytest.mark.parametrize(
    ("key", "page"),
    [
        ("tuen", "tuen"),
        ("aiops", "aiops"),
        ("mayanio", "unbranded"),
        ("tuneforge", "tuneforge"),
        ("tengrai", "tengrai-introduction"),
    ],
)
def test_the_bundled_documents_are_not_touched(key: str, page: str) -> None:
    """Their pages know nothing that they do not say, but for questions."""
    before = bundled()[key].read_text("utf-8")
    made = completed(bundled()[key], draft([Text(f"{page}.txt", (PAGES / f"{page}.txt").read_text("utf-8"))]).document)
    assert yaml.safe_load(made.text)["paths"].keys() == yaml.safe_load(before)["paths"].keys()
    assert len(removed(before, made.text)) <= 1

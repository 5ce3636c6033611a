"""The app as its file holds it: fields stand there once, and unfold to what they were."""

from __future__ import annotations

import json
from typing import Any

from specloom.generator.zapier.fields.form import FUNCTION
from specloom.generator.zapier.project.app_file import stored
from specloom.generator.zapier.project.json_lines import JsonTexts, spread

Json = dict[str, Any]


def test_fields_stand_there_once() -> None:
    limit, other, result = {"key": "limit", "label": "Limit"}, {"key": "limit", "label": "Most"}, {"key": "id"}
    entry = {"key": "limit", "path": ["limit"]}
    definition = {
        "version": "1.0.0",
        "triggers": {},
        "searches": {
            "a": {"key": "a", "operation": {"inputFields": [limit, FUNCTION], "outputFields": [result]}},
            "b": {"key": "b", "operation": {"inputFields": [other], "outputFields": [result]}},
        },
        "creates": {"c": {"key": "c", "operation": {"inputFields": [limit], "sample": {"id": 1}}}},
    }
    asked = [[{"field": limit, "when": [{"key": "kind", "values": [1]}]}]]
    app = {"definition": definition, "steps": {"searches.a": {"inputs": [entry], "dynamic": asked}}, "limits": {}}
    texts = JsonTexts()
    found = json.loads(spread(stored(app, texts.outlined(definition, 5), texts)))
    fields = found["fields"]
    assert list(fields) == ["limit~1", "id~1", "limit~2", "limit~3"]
    searches = found["definition"]["searches"]
    assert searches["a"]["operation"] == {"inputFields": ["limit~1", FUNCTION], "outputFields": ["id~1"]}
    assert found["definition"]["creates"]["c"]["operation"] == {"inputFields": ["limit~1"], "sample": {"id": 1}}
    assert unfolded(found) == app and "fields" not in app


def unfolded(app: Json) -> Json:
    """As the runtime does it."""
    fields = app["fields"]

    def whole(of: Json) -> Json:
        lists = ("inputFields", "outputFields", "inputs")
        return {key: [fields.get(name, name) for name in one] if key in lists else one for key, one in of.items()}

    kinds = {
        kind: {key: {**step, "operation": whole(step["operation"])} for key, step in app["definition"][kind].items()}
        for kind in ("triggers", "searches", "creates")
    }
    steps = {key: whole(step) for key, step in app["steps"].items()}
    for step in steps.values():
        step["dynamic"] = [[{**one, "field": fields[one["field"]]} for one in group] for group in step["dynamic"]]
    rest = {key: one for key, one in app.items() if key != "fields"}
    return {**rest, "definition": {**app["definition"], **kinds}, "steps": steps}

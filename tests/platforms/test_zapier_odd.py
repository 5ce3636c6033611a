"""Documents nobody would write, but strangers do: their apps are sound all the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from specloom.generator.platforms import EmitOptions
from specloom.generator.zapier import lint
from specloom.generator.zapier.emit import emit
from specloom.schemas.expressions import parse
from specloom.schemas.model import (
    Auth,
    Choice,
    Condition,
    Field,
    Operation,
    Output,
    Pagination,
    Server,
    ServerVariable,
    Service,
    Trigger,
)
from tests.generator.zapier.test_emit import HOSTILE, definition
from tests.platforms.zapier import Zapier
from tests.platforms.zapier_apps import write_app

EXAMPLES = int(os.environ.get("SPECLOOM_ODD_EXAMPLES", "60"))
TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "x",
            "id",
            "{{",
            "}}",
            "a__b",
            "__proto__",
            "constructor",
            "source",
            "return",
            "require",
            HOSTILE,
            "ü" * 300,
        ]
    ),
    st.text(max_size=30),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(-1e9, 1e9), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
NAMES = st.one_of(TEXTS.filter(bool), st.sampled_from(["prompt", "confirm", "additional_body", "user_id"]))


def field(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        Field,
        name=NAMES, title=TEXTS, description=TEXTS, inferred=TEXTS, default=VALUES, example=VALUES,
        location=st.sampled_from(["body", "query", "header", "path", "cookie", "selector"]),
        type=st.sampled_from(["string", "integer", "number", "boolean", "object", "any", "file"]),
        format=st.sampled_from(["", "date", "date-time", "password", "uri"]),
        required=st.booleans(), repeated=st.booleans(), read_only=st.booleans(), deprecated=st.booleans(), open=st.booleans(),
        secret=st.booleans(), visibility=st.sampled_from(["important", "advanced", "internal"]),
        file=st.sampled_from([None, "url", "base64", "binary"]),
        choices=st.lists(st.builds(Choice, value=VALUES, label=TEXTS, description=TEXTS), max_size=3).map(tuple),
        when=st.lists(st.builds(Condition, field=NAMES, values=st.lists(VALUES, max_size=2).map(tuple)), max_size=1).map(tuple),
        fields=inner, values=st.one_of(st.none(), st.builds(Field, name=NAMES)),
    )  # fmt: skip


FIELDS = st.recursive(
    st.just(()), lambda inner: st.lists(field(inner), max_size=3, unique_by=lambda f: f.name).map(tuple), max_leaves=6
)
OUTPUTS = st.builds(
    Output, type=st.sampled_from(["none", "image", "text", "file"]), sample=VALUES, fields=FIELDS, repeated=st.booleans(),
    mapping=st.sampled_from([{}, {"url": parse("$response.body#/url"), "text": parse("$response.body#/text")}]),
)  # fmt: skip
OPERATIONS = st.builds(
    Operation, operation_id=NAMES, resource=TEXTS, name=TEXTS, summary=TEXTS, description=TEXTS, inferred=TEXTS, fields=FIELDS,
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT"]), path=st.just("/x"), media_type=st.sampled_from(["", "application/json"]),
    output=OUTPUTS, sensitive=st.booleans(), deprecated=st.booleans(), duration=st.sampled_from([None, 3, 300]),
    pagination=st.sampled_from([None, Pagination(style="page", items=parse("$response.body#/data"), parameter="page")]),
)  # fmt: skip
SERVICES = st.builds(
    Service, key=st.just("odd"), title=TEXTS, description=TEXTS, docs_url=TEXTS,
    servers=st.lists(st.builds(
        Server, url=st.sampled_from(["https://{h}.example.com", "/relative", "https://a.example.com"]), description=TEXTS,
        variables=st.lists(st.builds(ServerVariable, name=st.sampled_from(["h", "token"]), default=TEXTS, description=TEXTS), max_size=1).map(tuple),
    ), max_size=2).map(tuple),
    auth=st.builds(Auth, kind=st.sampled_from(["apiKey", "http", "none", "oauth2"]), flow=st.sampled_from(["authorizationCode", "password"]),
                   name=TEXTS, description=TEXTS, placeholder=TEXTS, key_prefix=TEXTS),
    operations=st.lists(OPERATIONS, max_size=3, unique_by=lambda o: o.operation_id).map(tuple),
    triggers=st.lists(st.builds(
        Trigger, event=NAMES, name=TEXTS, description=TEXTS, delivery=st.just("webhook"), samples=st.lists(VALUES, max_size=2).map(tuple), payload=FIELDS
    ), max_size=1).map(tuple),
)  # fmt: skip


def differences(left: Any, right: Any, place: str = "") -> list[str]:
    if isinstance(left, dict) and isinstance(right, dict):
        keys = {**left, **right}
        return [line for key in keys for line in differences(left.get(key), right.get(key), f"{place}/{key}")]
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = enumerate(zip(left, right, strict=True))
        return [line for index, pair in pairs for line in differences(*pair, f"{place}/{index}")]
    return [] if left == right else [f"{place}: {left!r} became {right!r}"]


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
# Shrinking would run the app a thousand times; the same examples every time, so that CI says the same twice.
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(service=SERVICES)
def test_nothing_runs_and_zapier_takes_it(
    service: Service, zapier: Zapier, tmp_path_factory: pytest.TempPathFactory
) -> None:
    emission = emit(service, EmitOptions())
    written = definition(emission)
    assert [f for f in lint.check(written) if f.code in ("X001", "D018", "D021", "D008", "D025", "D012", "D024")] == []
    folder: Path = write_app(service, tmp_path_factory.mktemp("odd") / "app")
    assert "\n".join(zapier.schema_errors(folder)) == ""
    assert differences(written, zapier.definition(folder)) == []

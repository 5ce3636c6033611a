"""The calls of two services written down in the styles of known tools, drafted back."""

from __future__ import annotations

import pytest

from specloom.schemas.draft import draft
from specloom.schemas.load import bundled, load
from tests.draft.renderings import operations_of, same_path, uncited
from tests.draft.styles import SNIPPETS, STYLES, inputs, name

SERVICES = {key: load(bundled()[key]).service for key in ("mayanio", "tengrai")}
NO_HEADERS = frozenset({"gitbook", "slate", "reference_html"}) | SNIPPETS
"""Styles that do not show header inputs."""


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("key", SERVICES)
def test_a_style_is_read(key: str, style: str) -> None:
    service, sources = SERVICES[key], STYLES[style](SERVICES[key])
    document = draft(sources).document
    found = operations_of(document)
    shown = told = 0
    for operation in service.operations:
        match = [k for k in found if k[0] == operation.method and same_path(k[1], operation.path)]
        assert match, f"{operation.method} {operation.path}"
        for place in ("query", "body") if style in SNIPPETS else ("path", "query", "header", "body"):
            if (place == "header" and style in NO_HEADERS) or (
                style == "fused_text" and place == "query" and inputs(operation, "body")
            ):
                continue
            fields = inputs(operation, place)
            shown += len(fields)
            told += sum((place, name(field)) in found[match[0]] for field in fields)
    assert len(found) == len(service.operations)
    assert told >= 0.95 * shown, f"{told} of {shown}"
    assert list(uncited(document, {source.name: source.text for source in sources})) == []


@pytest.mark.parametrize("style", ["har", "postman"])
def test_keys_of_sessions_do_not_arrive(style: str) -> None:
    made = draft(STYLES[style](SERVICES["mayanio"])).text
    assert "9aK3jd82Hs71LqPz" not in made and "8d7f6a5s4d3f2g1h" not in made
    assert "bearer" in made

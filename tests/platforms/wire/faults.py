"""One deliberate fault for each kind of vector, in one runtime: what the vectors of the kind must notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """`place` (a module, and what in it) does something else while `runtime` builds and runs its steps."""

    runtime: str
    place: str
    instead: Callable[..., Any]


FAULTS: Mapping[str, Fault] = {
    "dropped": Fault(
        "gateway", "specloom.schemas.http.values.given._named",
        lambda fields, given: {key: value for key, value in given.items() if key in {field.name for field in fields}},
    ),
    "numbers": Fault("gateway", "specloom.schemas.http.values.given.number_of", float),
    "styles": Fault(
        "make", "specloom.generator.make.communication.styles._list",
        lambda field, ref, separator: f"encodeURL(join({ref}, ','))",
    ),
    "schemas": Fault("gateway", "specloom.schemas.http.values.conditions._holds", lambda *_: True),
    "media": Fault("gateway", "specloom.connector.upstream.exchange.decode", lambda data, *_: data.decode("latin-1")),
    "redirects": Fault("gateway", "specloom.connector.upstream.exchange.redirected", lambda *_: None),
    "access": Fault("gateway", "specloom.connector.upstream.client.taken_by", lambda *_: {}),
    "pages": Fault("make", "specloom.generator.make.modules.searches.paginate", lambda *_: None),
    "make": Fault(
        "make", "specloom.generator.make.communication.results._sent_name", lambda otherwise: otherwise,
    ),
    "forms": Fault("gateway", "specloom.connector.upstream.client.form_text", lambda operation, body: ""),
}  # fmt: skip
"""By kind."""

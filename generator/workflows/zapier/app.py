"""What the generated Zapier app of a service calls its steps and their fields."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from msgspec import Struct

from specloom.generator.platforms import Emission, EmitOptions, Placement
from specloom.generator.zapier.emit import emit
from specloom.schemas.model import Service

_KINDS = {"action": "creates", "search": "searches", "trigger": "triggers"}


def app_of(service: Service) -> ZapierApp:
    return ZapierApp(emit(service, EmitOptions()))


class ZapierApp(Struct, dict=True):
    """One generated Zapier app."""

    emission: Emission

    @cached_property
    def definition(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.emission.files["definition.json"])
        return found

    def step(self, source: str) -> dict[str, Any] | None:
        """The definition of the step an operation or a trigger became."""
        found = self._written(source)
        return self.definition[_KINDS[found.kind]][found.name] if found else None

    def _written(self, source: str) -> Placement | None:
        return next((w for w in self.emission.written if w.source == source and w.kind in _KINDS), None)

    def labels(self, source: str) -> dict[str, str]:
        """Input of an operation to its label in the step's form."""
        found, step = self._written(source), self.step(source)
        if found is None or step is None:
            return {}
        shown = {f["key"]: f["label"] for f in step["operation"]["inputFields"] if "label" in f}
        return {name: shown[key] for name, key in found.inputs.items() if key in shown}

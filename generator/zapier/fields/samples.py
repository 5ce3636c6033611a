"""Samples: what a step returns, told from the document's own examples, with Zapier's files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from specloom.generator.output.json_text import Json
from specloom.generator.zapier.fields.cleaning import Cleaner
from specloom.schemas.model import URL_FIELDS, Operation, Service
from specloom.schemas.steps.output import StepOutput, element
from specloom.schemas.steps.samples import element_samples, step_sample

_FLAT = (*URL_FIELDS.values(),)


class Samples:
    """The samples of one service's steps. They share what parts they have in common, and must not be changed."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._cleaner = Cleaner()

    def of_step(self, operation: Operation, gives: StepOutput) -> Json:
        """What the step returns when it succeeds, as far as the document shows it."""
        if gives.kind == "file":
            return self._clean(_binary(operation))
        sample = step_sample(self._service, operation, gives)
        return self._clean(_with_files(sample) if gives.kind == "result" else sample) or {"success": True}

    def of_elements(self, operation: Operation, gives: StepOutput) -> list[Json]:
        """The documented elements of a list, as searches return them."""
        return [_with_file(one) for one in element_samples(self._service, operation, gives)]

    def found(self, sample: Json) -> Json:
        """An element as a search shows it."""
        return self._clean(sample) or {"value": "1"}

    def told(self, sample: Json, dedupe: str = "id") -> Json:
        """An element as a trigger shows it, with the id by which it is known."""
        known = sample.get(dedupe)
        if known in (None, ""):
            known = sample.get("id") or sample.get("value") or "1"
        return self._clean({**sample, "id": known}) or {"id": self._cleaner.clean(known)}

    def of_event(self, event: Any, dedupe: str, gives: StepOutput) -> Json:
        """An event as a hook returns it."""
        if is_result(event):
            return self.told(_with_files(dict(event)), dedupe)
        return self.told(_with_file(element(self._service, gives.media, event, self._service.base_url)), dedupe)

    def _clean(self, sample: Json) -> Json:
        found: Json = self._cleaner.clean(sample)
        return found


def _with_files(sample: Json) -> Json:
    """Files beside what was made; the reply after all."""
    rest = {key: value for key, value in sample.items() if key != "raw"}
    if isinstance(rest.get("items"), list):
        rest["items"] = [{**one, "file": one["url"]} if one.get("url") else one for one in rest["items"]]
    return _with_file(rest) | ({"raw": sample["raw"]} if "raw" in sample else {})


def _with_file(sample: Json) -> Json:
    first = next(iter(sample), "")
    return {**sample, "file": sample[first]} if first in _FLAT and "file" not in sample else sample


def _binary(operation: Operation) -> Json:
    """A reply that is a file: only its name can be shown."""
    example = operation.request_examples[0].value if operation.request_examples else {}
    names = [v for v in example.values() if isinstance(v, str) and re.fullmatch(r"[\w.-]+\.\w{2,5}", v)]
    name = names[0] if names else "file"
    accept = operation.accept if "*" not in operation.accept else "application/octet-stream"
    url = f"https://cdn.example.com/{name}"
    flat = URL_FIELDS.get(operation.output.type, "file_url")
    return {flat: url, "status": "succeeded", "content_type": accept.split(",")[0], "file_name": name, "file": url}


def is_result(payload: Mapping[str, Any]) -> bool:
    """Whether an event carries the normalized result, as a gateway's do."""
    items = payload.get("items")
    told = isinstance(payload.get("success"), bool) and isinstance(payload.get("status"), str)
    return told and isinstance(items, list) and all(isinstance(item, Mapping) for item in items)

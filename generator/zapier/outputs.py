"""Zapier's outputFields: what of a sample can be mapped, with the document's titles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from generator.zapier.inputs import Json
from generator.zapier.texts import label
from schemas.model import Field

LABELS = {
    "image_url": "Image URL", "audio_url": "Audio URL", "video_url": "Video URL", "model_url": "Model URL",
    "file_url": "File URL", "text": "Text", "file": "File", "id": "ID", "status": "Status", "success": "Success",
    "type": "Type", "items": "Items", "request_id": "Request ID", "job_id": "Job ID", "service": "Service",
    "operation": "Operation", "expires_at": "Expires At", "file_name": "File Name", "content_type": "Content Type",
    "usage": "Usage", "rate_limit": "Rate Limit", "raw": "Raw", "url": "URL", "preview_url": "Preview URL",
}  # fmt: skip
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d))?")
_ODD_KEY = re.compile(r"^$|__|[.\[\]\s]")
_MEDIA = {"image": "Image", "audio": "Audio", "video": "Video", "model3d": "Model"}
MAX_FIELDS = 100


class OutputFields:
    """Output fields of one service's steps. Samples share parts (see `Samples`), and so do their fields; what was
    told of a part is kept by its identity. Equal fields are the same object, so are equal lists of them; neither must
    be changed."""

    def __init__(self) -> None:
        self._parts: dict[tuple[Any, ...], tuple[Any, list[Json]]] = {}
        self._names: dict[int, tuple[Sequence[Field], dict[str, Field]]] = {}
        self._same: dict[tuple[Any, ...], Json] = {}
        self._lists: dict[tuple[int, ...], list[Json]] = {}

    def of(self, sample: Json, fields: Sequence[Field], primary: str = "") -> list[Json]:
        """Zapier's outputFields of a sample, labelled by the document's titles where they stand below `raw`."""
        media = _MEDIA.get(str(sample.get("type")), "")
        parts = (self._part(sample, key, fields, media, primary) for key in sample if not _odd(key))
        found = list(islice(chain.from_iterable(parts), MAX_FIELDS))
        return self._lists.setdefault(tuple(map(id, found)), found)

    def _part(self, sample: Json, key: str, fields: Sequence[Field], media: str, primary: str) -> list[Json]:
        """The fields of one of the sample's own keys."""
        value = sample[key]
        if key == "raw":
            return self._kept(value, "raw", "" if sample.get("type") == "none" else "Raw", fields)
        if "raw" in sample or key in ("id", "value"):
            found = self._kept(value, key, LABELS.get(key, _human(key)), ())
        else:
            one = self._named(fields).get(key)
            found = self._kept(value, key, _title(one, key), one.fields if one else (), one)
        if key == primary:
            found = [self._one_of({**field, "primary": True}) if field["key"] == key else field for field in found]
        if media and key in ("file", "items"):
            found = [self._one_of(_renamed(field, media)) for field in found]
        return found

    def _kept(self, value: Any, key: str, name: str, fields: Sequence[Field], of: Field | None = None) -> list[Json]:
        if not isinstance(value, (dict, list)):
            return [self._one(key, name, value, of)]
        if isinstance(value, dict):
            of = None  # its own fields tell all
        place = (id(value), key, name, id(fields), id(of))
        if place not in self._parts:
            # What the identities stand for is held, so that nothing else takes it.
            found = list(islice(self._walk(value, key, name, fields, of), MAX_FIELDS))
            self._parts[place] = ((value, fields, of), found)
        return self._parts[place][1]

    def _walk(self, value: Any, key: str, name: str, fields: Sequence[Field], of: Field | None) -> Iterator[Json]:
        if isinstance(value, dict):
            named = self._named(fields)
            for inner, one in value.items():
                if not _odd(inner):
                    field = named.get(inner)
                    shown = f"{name} {_title(field, inner)}".strip()
                    if isinstance(one, (dict, list)):
                        yield from self._walk(one, f"{key}__{inner}", shown, field.fields if field else (), field)
                    else:
                        yield self._one(f"{key}__{inner}", shown, one, field)
        elif value and all(isinstance(one, dict) for one in value):
            yield from self._columns(value, key, name, self._named(fields))
        elif (found := _common(value)) is not None:
            yield self._one(key, name, found, of, of_list=True)

    def _columns(self, rows: list[Json], key: str, name: str, named: Mapping[str, Field]) -> Iterator[Json]:
        for inner in dict.fromkeys(name for row in rows for name in row):
            field = named.get(inner)
            found = _common([row[inner] for row in rows if inner in row])
            if found is not None and not _odd(inner):
                yield self._one(f"{key}[]{inner}", f"{name} {_title(field, inner)}", found, field)

    def _one(self, key: str, name: str, value: Any, field: Field | None, of_list: bool = False) -> Json:
        told = (key, name, _type(key, value, field), of_list)
        known = self._same.get(told)
        if known is None:
            known = self._same[told] = {"key": key, "label": label(name, key, 100), "type": told[2]}
            if of_list:
                known["list"] = True
        return known

    def _one_of(self, field: Json) -> Json:
        return self._same.setdefault(tuple(field.items()), field)

    def _named(self, fields: Sequence[Field]) -> dict[str, Field]:
        """The fields by what a reply calls them; the first where several are called so."""
        known = self._names.get(id(fields))
        if known is None:
            named: dict[str, Field] = {}
            for field in fields:
                named.setdefault(field.name, field)
                if field.pointer.startswith("/"):
                    named.setdefault(field.pointer[1:], field)
            known = self._names[id(fields)] = (fields, named)
        return known[1]


def _common(values: Sequence[Any]) -> Any:
    """One of the values that stands for the type of all; None where they differ, or are no plain values."""
    kinds = {type(value) for value in values}
    if kinds <= {int, float}:
        return next((value for value in values if isinstance(value, float)), values[0]) if values else None
    return values[0] if len(kinds) == 1 and kinds <= {str, bool} else None


def _renamed(field: Json, media: str) -> Json:
    """What is known to be an image is called so."""
    return {**field, "label": field["label"].replace("File", f"{media} File")} if field["type"] == "file" else field


def _type(key: str, value: Any, field: Field | None) -> str:
    if key == "file" or key == "items[]file":
        return "file"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) and (field is None or field.type == "integer"):
        return "integer"
    if isinstance(value, (int, float)):
        return "number"
    dated = field is not None and field.format in ("date-time", "date") or key == "expires_at"
    return "datetime" if dated and isinstance(value, str) and _ISO_DATE.fullmatch(value) else "string"


def _title(field: Field | None, key: str) -> str:
    return (field.title if field else "") or LABELS.get(key) or _human(key)


@lru_cache(4096)
def _odd(key: str) -> bool:
    """Whether Zapier would read more out of the key than a name."""
    return _ODD_KEY.search(key) is not None


@lru_cache(4096)
def _human(key: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", key).replace("_", " ").replace("-", " ").split()
    return " ".join(
        "ID" if w.lower() == "id" else "URL" if w.lower() == "url" else w[:1].upper() + w[1:] for w in words
    )

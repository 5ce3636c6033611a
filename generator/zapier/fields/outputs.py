"""Zapier's outputFields: what of a sample can be mapped, with the document's titles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from specloom.generator.output.json_text import Json
from specloom.generator.zapier.text import label
from specloom.schemas.memo import cached, table
from specloom.schemas.model import Field

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
_CONTAINERS = frozenset((dict, list))
_NUMBERS = frozenset((int, float))
_TEXTS = frozenset((str, bool))
MAX_FIELDS = 100
_Named = dict[str, Field]
"""Fields by what a reply calls them; the first where several are called so."""


class OutputFields:
    """Output fields of one service's steps. Samples share parts (see `Samples`), and so do their fields; what was
    told of a part is kept by its identity. Equal fields are the same object, so are equal lists of them; neither must
    be changed."""

    def __init__(self) -> None:
        self._parts: dict[tuple[Any, ...], tuple[Any, list[Json]]] = table()
        self._names: dict[int, tuple[Sequence[Field], _Named]] = table()
        self._same: dict[tuple[Any, ...], Json] = table()
        self._lists: dict[tuple[int, ...], list[Json]] = table()

    def of(self, sample: Json, fields: Sequence[Field], primary: str = "", media: str = "") -> list[Json]:
        """Zapier's outputFields of a sample, labelled by the document's titles; `media` is the type of its files."""
        media = _MEDIA.get(media, "")
        named = {} if "raw" in sample else self._named(fields)
        found: list[Json] = []
        for key, value in sample.items():
            if len(found) >= MAX_FIELDS:
                break
            if _odd(key):
                continue
            if key == "raw":
                part = self._kept(value, key, "Raw", fields, None)
            else:
                one = None if key in ("id", "value") else named.get(key)
                part = self._kept(value, key, _title(one, key), one.fields if one else (), one)
            if key == primary:
                part = [self._one_of({**field, "primary": True}) if field["key"] == key else field for field in part]
            if media and key in ("file", "items"):
                part = [self._one_of(_renamed(field, media)) for field in part]
            found += part
        del found[MAX_FIELDS:]
        return self._lists.setdefault(tuple(map(id, found)), found)

    def _kept(self, value: Any, key: str, name: str, fields: Sequence[Field], of: Field | None) -> list[Json]:
        """What is told of one of the sample's own keys."""
        if type(value) not in _CONTAINERS:
            return [self._one(key, name, value, of)]
        if type(value) is dict:
            of = None  # its own fields tell all
        place = (id(value), key, name, id(fields), id(of))
        known = self._parts.get(place)
        if known is None:
            found: list[Json] = []
            self._walk(found, value, key, name, fields, of)
            # What the identities stand for is held, so that nothing else takes it.
            known = self._parts[place] = ((value, fields, of), found)
        return known[1]

    def _walk(
        self, found: list[Json], value: Any, key: str, name: str, fields: Sequence[Field], of: Field | None
    ) -> None:
        """Adds what is told of an object or a list."""
        if type(value) is dict:
            self._object(found, value, f"{key}__", f"{name} " if name else "", self._named(fields))
        elif value and all(type(one) is dict for one in value):
            self._columns(found, value, key, name, self._named(fields))
        elif (one := _common(value)) is not None:
            found.append(self._one(key, name, one, of, of_list=True))

    def _object(self, found: list[Json], value: Json, key: str, name: str, named: _Named) -> None:
        """`key` and `name` are what those of all that is in it begin with."""
        for inner, one in value.items():
            if len(found) >= MAX_FIELDS:
                return
            if _odd(inner):
                continue
            field = named.get(inner)
            title = _title(field, inner)
            if type(one) in _CONTAINERS:
                self._walk(found, one, key + inner, name + title, field.fields if field else (), field)
            else:
                found.append(self._one(key + inner, name + title, one, field))

    def _columns(self, found: list[Json], rows: list[Json], key: str, name: str, named: _Named) -> None:
        for inner in rows[0] if len(rows) == 1 else dict.fromkeys(name for row in rows for name in row):
            if len(found) >= MAX_FIELDS:
                return
            one = _common([row[inner] for row in rows if inner in row])
            if one is not None and not _odd(inner):
                field = named.get(inner)
                found.append(self._one(f"{key}[]{inner}", f"{name} {_title(field, inner)}", one, field))

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

    def _named(self, fields: Sequence[Field]) -> _Named:
        known = self._names.get(id(fields))
        if known is None:
            named: _Named = {}
            for field in fields:
                named.setdefault(field.name, field)
                if field.pointer[:1] == "/" and field.pointer[1:] != field.name:
                    named.setdefault(field.pointer[1:], field)
            known = self._names[id(fields)] = (fields, named)
        return known[1]


def _common(values: Sequence[Any]) -> Any:
    """One of the values that stands for the type of all; None where they differ, or are no plain values."""
    kinds = {type(value) for value in values}
    if kinds <= _NUMBERS:
        return next((value for value in values if type(value) is float), values[0]) if values else None
    return values[0] if len(kinds) == 1 and kinds <= _TEXTS else None


def _renamed(field: Json, media: str) -> Json:
    """What is known to be an image is called so."""
    return {**field, "label": field["label"].replace("File", f"{media} File")} if field["type"] == "file" else field


def _type(key: str, value: Any, field: Field | None) -> str:
    if key == "file" or key == "items[]file":
        return "file"
    if type(value) is str:
        dated = field is not None and field.format in ("date-time", "date") or key == "expires_at"
        return "datetime" if dated and _ISO_DATE.fullmatch(value) else "string"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) and (field is None or field.type == "integer"):
        return "integer"
    return "number" if isinstance(value, (int, float)) else "string"


def _title(field: Field | None, key: str) -> str:
    return (field.title if field else "") or LABELS.get(key) or _human(key)


@cached(4096)
def _odd(key: str) -> bool:
    """Whether Zapier would read more out of the key than a name."""
    return _ODD_KEY.search(key) is not None


@cached(4096)
def _human(key: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", key).replace("_", " ").replace("-", " ").split()
    return " ".join(
        "ID" if w.lower() == "id" else "URL" if w.lower() == "url" else w[:1].upper() + w[1:] for w in words
    )

"""A JSON Schema that a page prints where a sample is expected: its properties as inputs."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from specloom.schemas.draft.facts import Cite, Field, Json, Sample

_TYPES = frozenset("string integer number boolean array object".split())
_KEYWORDS = frozenset("type $ref properties items enum allOf anyOf oneOf description format".split())
_SCHEMA = _KEYWORDS | frozenset(
    "required title default example examples additionalProperties xml nullable discriminator id $schema".split()
)
MAX_DEPTH = 6


def schema_fields(sample: Sample, place: str) -> list[Field]:
    """The properties; [] where the sample is no schema."""
    value = sample.value
    if not isinstance(value, dict) or not _is_schema(value):
        return []
    return list(_fields(value, sample, place, "", "", 0))


def _is_schema(value: dict[str, Json]) -> bool:
    properties = value.get("properties")
    if not isinstance(properties, dict) or not properties or value.get("type", "object") != "object":
        return False
    parts = list(properties.values())
    typed = [part for part in parts if isinstance(part, dict) and _KEYWORDS & part.keys()]
    return len(typed) == len(parts) and value.keys() <= _SCHEMA


def _fields(
    schema: dict[str, Json], sample: Sample, place: str, prefix: str, where: str, depth: int
) -> Iterator[Field]:
    required = schema.get("required")
    for name, part in schema["properties"].items():
        if not isinstance(part, dict):
            continue
        at = f"{where}properties.{name}"
        cite = Cite(sample.cite.file, sample.lines.get(at, sample.cite.line))
        yield _field(f"{prefix}{name}", part, cite, place, isinstance(required, list) and name in required)
        if depth < MAX_DEPTH and isinstance(part.get("properties"), dict):
            yield from _fields(part, sample, place, f"{prefix}{name}.", f"{at}.", depth + 1)


def _field(name: str, part: dict[str, Json], cite: Cite, place: str, required: bool) -> Field:
    kind, choices, text, format = part.get("type"), part.get("enum"), part.get("description"), part.get("format")
    numbers = {key: part[key] for key in ("minimum", "maximum") if isinstance(part.get(key), int | float)}
    inner = part.get("items")
    return Field(
        name=name,
        cite=cite,
        place=place,
        type=kind if kind in _TYPES else "",
        required=True if required else None,
        items=inner["type"] if isinstance(inner, dict) and inner.get("type") in _TYPES else "",
        format=format if isinstance(format, str) else "",
        default=part.get("default", UNSET),
        choices=tuple(choice for choice in choices if not isinstance(choice, dict | list))
        if isinstance(choices, list)
        else (),
        description=text if isinstance(text, str) else "",
        **numbers,
    )

"""What OpenAPI 3.2 brought and connectors have no use for, or another one: told here, in one place.

What they can use is read where its elders are read: `query`, media types by `$ref`, examples as data, default mappings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from specloom.schemas.document.node import Node
from specloom.schemas.document.refs import Refs
from specloom.schemas.document.reporter import Reporter
from specloom.schemas.media.kinds import media_kind
from specloom.schemas.text import one_line

_BESIDES_NAVIGATION = ("badge", "audience")
"""Kinds of tags that classify operations without grouping them."""


def additional_operations(item: Node, methods: tuple[str, ...], report: Reporter) -> Iterator[tuple[str, Node]]:
    """Those whose method is an ordinary one after all; the others are told."""
    for method, node in item.get("additionalOperations").items():
        if method.lower() in methods:
            yield method.lower(), node
        else:
            told = f"{one_line(method, 40)} is no method that connectors can call"
            report.warn(node, "method", told, "offer it with POST as well")


def query_parameters(parameter: Node, refs: Refs, report: Reporter) -> Iterator[tuple[str, Node]]:
    """A whole query string (`in: querystring`) as the single parameters that a form would make of it."""
    media = refs.follow(parameter.get("content").get("application/x-www-form-urlencoded"))
    schema = refs.follow(media.get("schema"))
    properties = schema.get("properties")
    if not properties.value:
        hint = "describe it as application/x-www-form-urlencoded with properties; additional query parameters remain"
        report.warn(parameter, "querystring", "a whole query string is no input", hint)
        return
    required = schema.get("required").value
    for name, node in properties.items():
        if node.value is not False:
            needed = isinstance(required, list) and name in required
            told = {"name": name, "in": "query", "required": needed, "schema": node.value}
            yield name, Node(told, node.source, pointer=node.pointer)


def not_grouping(root: Node) -> frozenset[str]:
    """Names of the tags that are not meant to group; those without a kind are."""
    return frozenset(tag.text("name") for tag in root.get("tags").elements() if tag.text("kind") in _BESIDES_NAVIGATION)


def tell_of_tags(root: Node, report: Reporter) -> None:
    nested = [tag for tag in root.get("tags").elements() if tag.text("parent")]
    if nested:
        told = f"{len(nested)} tags lie below others: connectors group in one level"
        report.warn(nested[0].get("parent"), "tag", told, "each tag is a group of its own")


def tell_of_stream(media_type: str, media: Node, report: Reporter) -> None:
    if media.get("itemSchema") and media_kind(media_type) not in ("lines", "events"):
        told = f"{media_type} comes item by item (itemSchema): it is passed on as a whole, not read"
        report.warn(media.get("itemSchema"), "stream", told, "offer application/json beside it")


def example_of(node: Node, is_json: bool) -> tuple[Any, bool]:
    """(its value, whether it has one): `value`, `dataValue`, or what `serializedValue` says."""
    example = node.value if isinstance(node.value, dict) else {}
    for key in ("value", "dataValue"):
        if key in example:
            return example[key], True
    written = example.get("serializedValue")
    if not isinstance(written, str):
        return None, False
    try:
        return (json.loads(written) if is_json else written), True
    except ValueError:
        return written, True

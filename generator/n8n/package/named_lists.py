"""Lists of options in an order of their own: they stand as constants before the parameters. The lint sorts those of
five and more that stand inside a parameter by name, and what a service is for would end up in the middle."""

from __future__ import annotations

from collections.abc import Sequence

from specloom.generator.n8n.fields.choices import in_order
from specloom.generator.n8n.fields.scalars import Property
from specloom.generator.n8n.package.render import Identifier

ORDERED = ("resource", "operation")


def with_named_lists(properties: Sequence[Property], prefix: str) -> tuple[list[Property], dict[str, list[Property]]]:
    """The parameters with names in place of such lists, and the lists by name."""
    found: list[Property] = []
    lists: dict[str, list[Property]] = {}
    for given in properties:
        options = given.get("options", [])
        if given["name"] in ORDERED and in_order(options, "name") != options:
            name = Identifier(f"{prefix}{given['name'].capitalize()}s{len(lists) + 1 if lists else ''}")
            lists[name] = options
            given = {**given, "options": name}
        found.append(given)
    return found, lists

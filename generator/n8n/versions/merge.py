"""Several versions in one node: what they share is written once, what they do not share names its versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from specloom.generator.n8n.fields.scalars import Property
from specloom.generator.n8n.node.description import shown
from specloom.generator.n8n.node.plan import N8nPlan


def merged(lists: Mapping[int, Sequence[Property]]) -> list[Property]:
    """The parameters of all versions (by number, the newest last): the newest's in their order, and those that only
    earlier ones have behind what stands before them there."""
    *earlier, newest = lists.values()
    if not earlier:
        return list(newest)
    found: dict[str, tuple[Property, list[int]]] = {}
    for number, properties in lists.items():
        for given in properties:
            found.setdefault(repr(given), (given, []))[1].append(number)
    base = dict.fromkeys(map(repr, newest))
    behind = _behind(earlier, base)
    order = [text for anchor in ("", *base) for text in (anchor, *behind.get(anchor, ())) if text]
    return [_marked(*found[text], of=len(lists)) for text in order]


def _behind(earlier: Sequence[Sequence[Property]], base: Mapping[str, None]) -> dict[str, list[str]]:
    """What only earlier versions have, by the parameter it follows ('' at the head)."""
    result: dict[str, list[str]] = {}
    placed: set[str] = set()
    for properties in earlier:
        anchor = ""
        for text in map(repr, properties):
            if text in base:
                anchor = text
            elif text not in placed:
                result.setdefault(anchor, []).append(text)
                placed.add(text)
    return result


def _marked(given: Property, numbers: list[int], of: int) -> Property:
    return given if len(numbers) == of else shown(given, {"show": {"@version": numbers}})


def with_earlier(plans: Mapping[int, N8nPlan]) -> N8nPlan:
    """The newest version's plan, and what the earlier ones (by number) do otherwise."""
    *earlier, newest = plans
    if not earlier:
        return plans[newest]
    return {**plans[newest], "earlier": {str(n): differences(plans[n], plans[newest]) for n in earlier}}


def differences(old: N8nPlan, newest: N8nPlan) -> N8nPlan:
    """What of an earlier version's plan the newest one's does not say, as runtime/versions.ts lays it over that."""
    steps = {resource: _other(own, newest["steps"].get(resource, {})) for resource, own in old["steps"].items()}
    found = {
        "operations": _other(old["service"]["operations"], newest["service"]["operations"]),
        "steps": {resource: own for resource, own in steps.items() if own},
        **{part: _other(old[part], newest[part]) for part in ("lists", "loaders", "triggers")},
    }
    return {part: own for part, own in found.items() if own}


def _other(old: N8nPlan, new: N8nPlan) -> N8nPlan:
    return {name: value for name, value in old.items() if new.get(name) != value}

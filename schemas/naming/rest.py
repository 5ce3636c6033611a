"""What a call does and to what, by the ways of REST: `GET /projects/{id}/tasks` gets many tasks.

Method and path decide, not the words that a document has for them, so that the names of all calls of a service go
together. The collection is told by the path alone: it becomes a key, and stays when the document grows. A path that is
no such way (`POST /generate`) is left to its words.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specloom.schemas.memo import cached
from specloom.schemas.naming.nouns import is_plural, plural, singular, with_article
from specloom.schemas.naming.verbs import ACTIONS, CHOSEN, NOUNS_TOO, STATES, USUAL
from specloom.schemas.text import humanize, words

_PARAMETER = re.compile(r"\{([^{}]*)\}")
_EXTENSION = re.compile(r"\.(json|xml|php|\{format\})$", re.I)
_VERSION = re.compile(r"v\d[\w.]*|\d{4}-\d\d(-\d\d)?|\d+(\.\d+)*", re.I)
_SCOPE = frozenset("api apis rest public service services me self".split())
"""Parts at the beginning of a path that say nothing about what it is for."""
_NARROWING = frozenset("filter field type format flag status state lang language locale version mode".split())
"""Parameters at the end of a path that choose no element."""
_BY = re.compile(r"by(?=[A-Z_-])", re.I)
_LISTS = frozenset(("list", "all"))
_ITEM = {"GET": "Get", "PUT": "Update", "PATCH": "Update", "POST": "Update", "DELETE": "Delete"}
_MANY = {"GET": "Get Many", "POST": "Create", "PUT": "Update Many", "PATCH": "Update Many", "DELETE": "Delete Many"}
_ASPECT = {"GET": "Get", "POST": "Create", "PUT": "Update", "PATCH": "Update", "DELETE": "Delete"}


class RestName(Struct, frozen=True):
    """`collection`: 'Task'; `action`: 'Get Many', 'Cancel', 'Get Top Tracks', '' where others of it do the same."""

    collection: str
    action: str
    place: str
    """The collection that it belongs to: its path without what follows it."""
    parent: str = ""
    """What holds the collection: 'Project'."""
    further: bool = False
    """Only the parent tells it from another action of the collection."""

    @property
    def phrase(self) -> str:
        """'Get Many Tasks', 'Create a Task', 'Set Purpose of a Channel', 'Remove a Member From a Board'."""
        if self.action.startswith("Get Many"):
            return f"Get Many {plural(self.collection)}{self.action.removeprefix('Get Many')}"
        verb, _, rest = self.action.partition(" ")
        if not rest:
            return f"{verb} {with_article(self.collection)}"
        if rest.endswith(self.parent) and self.parent and rest.partition(" ")[0] in _JOINTS:
            joint = rest.partition(" ")[0]
            return f"{verb} {with_article(self.collection)} {joint} {with_article(self.parent)}"
        return f"{self.action} of {with_article(self.collection)}"


_JOINTS = frozenset(("by", "in", "to", "From"))


class _Call(Struct, frozen=True):
    """A path in parts: fixed ones as text, parameters as None beside their names."""

    key: str
    method: str
    parts: tuple[str | None, ...]
    names: tuple[str, ...]

    @property
    def place(self) -> str:
        return "/".join("{}" if part is None else part for part in self.parts)


def rest_names(calls: Iterable[tuple[str, str, str]]) -> Mapping[str, RestName]:
    """By the key of each call (key, method, path); without those whose path does not tell."""
    parsed = [_Call(key, method, *_parts(path)) for key, method, path in calls]
    methods: dict[str, set[str]] = defaultdict(set)
    for call in parsed:
        methods[call.place].add(call.method)
    found = {call.key: name for call in parsed if (name := _name(call, methods))}
    return _told_apart(found)


@cached(16384)
def _parts(path: str) -> tuple[tuple[str | None, ...], tuple[str, ...]]:
    parts: list[str | None] = []
    names: list[str] = []
    every = _EXTENSION.sub("", path.strip("/")).split("/")
    for part, after in zip(every, [*every[1:], ""], strict=True):
        if match := _PARAMETER.search(part):
            parts.append(None)
            names.append(match[1])
        elif part.lower() in _SCOPE and not parts and after and "{" not in after:
            continue
        elif part and not _VERSION.fullmatch(part):
            parts.append(part)
    return tuple(parts), tuple(names)


def _name(call: _Call, methods: Mapping[str, set[str]]) -> RestName | None:
    fixed = [part for part in call.parts if part is not None]
    if not fixed or call.method not in _ITEM:
        return None
    if call.parts[-1] is None:
        return _of_item(call, fixed, methods)
    if "." in fixed[-1]:
        return _of_function(call, fixed[-1])
    return _of_collection(call, fixed, methods)


def _of_item(call: _Call, fixed: Sequence[str], methods: Mapping[str, set[str]]) -> RestName | None:
    last = fixed[-1]
    if last.lower() in _LISTS and len(fixed) > 1:
        return _named(call, fixed[-2], "Get Many") if call.method == "GET" else None
    if _BY.match(last) and len(fixed) > 1 and call.method == "GET":
        return _named(call, fixed[-2], f"Get by {humanize(last[2:])}")
    related = _alike(last, call.names[-1])
    if call.names[-1].lower() in _NARROWING and not related:
        return None
    if last.lower() in STATES or not (is_plural(last) or related) or _is_action(last):
        return None
    others = methods[call.place]
    action = "Replace" if call.method == "PUT" and "PATCH" in others else _ITEM[call.method]
    if call.method == "POST" and others & {"PUT", "PATCH"}:
        action = ""
    return _named(call, last, action)


def _of_function(call: _Call, last: str) -> RestName | None:
    """`conversations.setTopic`, `users.profile.set`."""
    *things, verb = last.split(".")
    if not all(part.isalnum() for part in (*things, verb)):
        return None
    collection = " ".join(singular(humanize(part)) for part in things)
    return RestName(collection, _action(verb), last.rpartition(".")[0])


def _of_collection(call: _Call, fixed: Sequence[str], methods: Mapping[str, set[str]]) -> RestName | None:
    last, before = fixed[-1], fixed[-2] if len(fixed) > 1 else ""
    below = len(call.parts) > 1 and call.parts[-2] is None and bool(before)
    if _is_action(last) and before:
        return _of_action(call, before, last)
    if last.lower() in STATES:
        return _named(call, before, f"{_ASPECT[call.method]} {humanize(last)}", len(call.parts) - 1) if below else None
    if is_plural(last):
        if not below or words(last)[0].lower() not in CHOSEN:
            return _named(call, last, _of_many(call, below, f"{call.place}/{{}}" in methods))
        return _named(call, before, f"{_ASPECT[call.method]} {humanize(last)}", len(call.parts) - 1)
    if below and call.method == "POST":
        return _named(call, before, _action(last), len(call.parts) - 1)
    if below:
        return _named(call, before, f"{_ASPECT[call.method]} {humanize(last)}", len(call.parts) - 1)
    if not before and call.method in ("GET", "PUT", "PATCH"):
        return _named(call, last, _ITEM[call.method])
    if before and call.parts[0] == before and not is_plural(before):  # of the only one: `/player/volume`
        verb = {"GET": "Get", "PUT": "Set", "PATCH": "Set"}.get(call.method)
        return _named(call, before, f"{verb} {humanize(last)}", len(call.parts) - 1) if verb else None
    return None


def _of_many(call: _Call, below: bool, has_items: bool) -> str:
    """PUT and DELETE of a list: of elements that are named in the body or the query."""
    if call.method in ("PUT", "DELETE") and below:
        return {"PUT": "Add", "DELETE": "Remove"}[call.method]
    if call.method in ("PUT", "PATCH", "DELETE") and not has_items:
        return _ITEM[call.method]
    return _MANY[call.method]


def _of_action(call: _Call, before: str, last: str) -> RestName | None:
    verb, *rest = words(last)
    if verb.lower() in ("add", "remove") and rest and call.parts[-2] is None:
        name = _named(call, before, verb.capitalize(), len(call.parts) - 1)
        held = f"{name.collection} {singular(humanize(' '.join(rest)))}"
        return replace(name, collection=held, place=f"{name.place}/{last}")
    return _named(call, before, _action(last), len(call.parts) - 1)


def _named(call: _Call, noun: str, action: str, upto: int | None = None) -> RestName:
    """`upto`: how many parts of the path lead to the collection, where not all do."""
    parts = call.parts[:upto]
    at = max(index for index, part in enumerate(parts) if part == noun)
    held = [part for part in parts[:at] if part is not None]
    inside = bool(held) and (parts[at - 1] is None or is_plural(held[-1]))
    place = "/".join("{}" if part is None else part for part in parts[: at + 1])
    return RestName(_collection(noun), action, place, _collection(held[-1]) if inside else "")


_WAYS = {
    "Get Many": "Get Many by", "Create": "Create in", "Get": "Get by", "Update": "Update in", "Delete": "Delete in",
    "Add": "Add to", "Remove": "Remove From",
}  # fmt: skip
_RELATED = {"Create": "Add", "Delete": "Remove"}


def _told_apart(found: Mapping[str, RestName]) -> Mapping[str, RestName]:
    """Collections of one name below several others: the plainest place whose elements can be asked for or made keeps
    the plain actions; elsewhere they are added and removed ('Remove From Board'), or a further way to the same ('Get
    Many by Project')."""
    places: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name in found.values():
        places[name.collection][name.place].add(name.action)
    first = {each: min(known, key=lambda place: _rank(place, known[place])) for each, known in places.items()}
    taken: dict[tuple[str, str], str] = {}
    result: dict[str, RestName] = {}
    for key, name in sorted(found.items(), key=lambda entry: entry[1].place != first[entry[1].collection]):
        name = _related(name, first[name.collection], places[name.collection])
        known = (name.collection, name.action) in taken or name.action in _RELATED.values()
        if known and name.parent and name.action in _WAYS:
            further = name.action != "Get Many"
            name = replace(name, action=f"{_WAYS[name.action]} {name.parent}", further=further)
        if taken.setdefault((name.collection, name.action), key) != key:
            name = replace(name, action="")
        result[key] = name
    return result


def _related(name: RestName, first: str, places: Mapping[str, set[str]]) -> RestName:
    if name.place == first or "Get" not in places[first] or not places[name.place] & {"Delete", "Add", "Remove"}:
        return name
    return replace(name, action=_RELATED.get(name.action, name.action))


def _rank(place: str, actions: set[str]) -> tuple[bool, int, int, str]:
    return not actions & {"Get", "Create"}, place.count("{}"), place.count("/"), place


@cached(16384)
def _collection(noun: str) -> str:
    return singular(humanize(" ".join(_WHOLE.get(word.lower(), word) for word in words(noun))))


_WHOLE = {"repos": "repositories", "repo": "repository", "orgs": "organizations", "org": "organization"}
"""What paths shorten."""


@cached(16384)
def _is_action(segment: str) -> bool:
    parts = [word.lower() for word in words(segment)]
    if not parts or parts[0] not in ACTIONS:
        return False
    return not (is_plural(segment) and (len(parts) == 1 or parts[0] in NOUNS_TOO))


@cached(16384)
def _action(segment: str) -> str:
    parts = words(segment)
    plain = USUAL.get(segment.lower())
    return plain or humanize(" ".join(parts))


def _alike(segment: str, parameter: str) -> bool:
    """Whether a parameter is the id of what stands before it: `/order/{orderId}`, `/voice/{id}`."""
    name, noun = "".join(words(parameter)).lower(), "".join(words(singular(segment))).lower()
    return name in ("id", "uuid", "key", "name", "slug", "code") or name.startswith(noun) or noun.endswith(name)

"""Security requirements to connections: which schemes a person fills in together, and what each operation takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from specloom.schemas.document.node import Node
from specloom.schemas.document.refs import Refs
from specloom.schemas.model import Auth, Requirement

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_Names = tuple[str, ...]


class Requirements(Struct, frozen=True):
    """What the document asks for. `usable` are the schemes that can be signed with, `declared` all it names; `usual` is
    what an operation takes that says nothing, where the key was found among its parameters."""

    root: Node
    usable: Mapping[str, Auth]
    declared: frozenset[str]
    usual: tuple[Requirement, ...] | None = None

    def of(self, operation: Node) -> tuple[Requirement, ...] | None:
        """The alternatives of an operation, else the document's; None where neither says, or names what is nowhere
        declared. Schemes that fill the same place of a request are one: the first, but OAuth2 before a pasted token."""
        own = operation.get("security").value
        listed = own if isinstance(own, list) else self.root.get("security").value
        if not isinstance(listed, list):
            return self.usual
        if not listed:
            return ({},)
        known = [entry for entry in listed if isinstance(entry, dict) and all(name in self.declared for name in entry)]
        return tuple(self._entry(entry) for entry in known) or None

    def _entry(self, entry: Mapping[str, Any]) -> Requirement:
        by_place: dict[Any, str] = {}
        for name in entry:
            auth = self.usable.get(name)
            place = (
                (auth.location, auth.name.lower()) if auth and auth.kind == "apiKey" else ("header", "authorization")
            )
            key = name if auth is None else place
            held = self.usable.get(by_place.get(key, ""))
            if held is None or (auth is not None and auth.kind == "oauth2" and held.kind != "oauth2"):
                by_place[key] = name
        kept = set(by_place.values())
        return {name: _scopes(scopes) for name, scopes in entry.items() if name in kept}


def _scopes(given: Any) -> _Names:
    return tuple(scope for scope in given if isinstance(scope, str)) if isinstance(given, list) else ()


def connections(asked: Requirements, refs: Refs) -> tuple[Auth, ...]:
    """The ways to sign in. First the one that most operations take, then those that further operations need or leave
    to the person's choice; where the document asks for nothing, each scheme by itself."""
    uses = Counter(_alternatives(asked, refs))
    rank = {name: index for index, name in enumerate(asked.usable)}
    candidates = {
        tuple(sorted(names, key=rank.__getitem__)): None
        for entries in uses
        for names in entries
        if names and all(name in asked.usable for name in names)
    }
    if not candidates:
        # Nothing is asked for, or for nothing that can be signed with.
        every = [] if uses.keys() - {()} else list(asked.usable)
        return tuple(sorted((asked.usable[name] for name in every), key=lambda auth: auth.id in _old(asked, refs)))
    old = _old(asked, refs)

    def served(names: _Names) -> int:
        return sum(n for entries, n in uses.items() if any(e and set(e) <= set(names) for e in entries))

    place = {names: tuple(rank[name] for name in names) for names in candidates}
    ranked = sorted(candidates, key=lambda c: (bool(old & set(c)), -served(c), len(c), place[c]))
    kept: list[_Names] = []
    for names in ranked:
        if not any(set(names) <= set(other) for other in kept):
            kept.append(names)
    return tuple(_connection(names, asked, uses) for names in kept)


def _connection(names: _Names, asked: Requirements, uses: Mapping[tuple[_Names, ...], int]) -> Auth:
    """An OAuth2 scheme comes first: its sign-in is the platform's own."""
    schemes = sorted((_marked(asked.usable[name], names, uses) for name in names), key=lambda a: a.kind != "oauth2")
    return replace(schemes[0], also=tuple(schemes[1:]))


def _marked(auth: Auth, names: _Names, uses: Mapping[tuple[_Names, ...], int]) -> Auth:
    """`optional` where at least half as many of the connection's operations do without it as take it."""
    taking = without = 0
    for entries, count in uses.items():
        fulfilled = [entry for entry in entries if set(entry) <= set(names)]
        takes = any(auth.id in entry for entry in fulfilled)
        taking += count if takes else 0
        without += count if any(fulfilled) and any(auth.id not in entry for entry in fulfilled) else 0
    return replace(auth, optional=2 * without >= taking)


def _alternatives(asked: Requirements, refs: Refs) -> Iterator[tuple[_Names, ...]]:
    """Of each operation that says what it needs, the names of the schemes; what the document asks of all counts once
    more."""
    if (default := asked.of(asked.root)) is not None:
        yield tuple(tuple(entry) for entry in default)
    for _, path in asked.root.get("paths").items():
        for method, operation in refs.follow(path).items():
            if method.lower() in METHODS and isinstance(operation.value, dict):
                found = asked.of(operation)
                if found is not None:
                    yield tuple(tuple(entry) for entry in found)


def _old(asked: Requirements, refs: Refs) -> set[str]:
    schemes = asked.root.at("components", "securitySchemes")
    return {name for name in asked.usable if refs.follow(schemes.get(name)).get("deprecated").value is True}

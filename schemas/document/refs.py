"""Where `$ref`s lead: lazily, memoised, cycles and files included."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

from specloom.schemas.document.identifiers import Identifiers
from specloom.schemas.document.node import Node
from specloom.schemas.document.reading.fetch import is_url, same_origin
from specloom.schemas.document.reporter import Reporter
from specloom.schemas.document.source import Source
from specloom.schemas.expressions import ExpressionError, join_pointer, lookup, split_pointer
from specloom.schemas.memo import table
from specloom.schemas.problems import SpecloomError

MAX_HOPS = 64
MAX_FETCHED = 200
"""Files that one document may make us fetch."""
_WORDS = frozenset("title description summary default example examples nullable deprecated readOnly writeOnly".split())
_CONTAINERS = frozenset((dict, list))
_STRUCTURE = frozenset(("properties", "required", "allOf", "oneOf", "anyOf"))


class Refs:
    """Follows references inside one document and the files beside it: never above the folder of a file, never to
    another origin than a URL's, never from the one to the other."""

    def __init__(self, source: Source, report: Reporter) -> None:
        self.source = source
        self.report = report
        self._own = str(source.root.get("$self") or "")
        self._files: dict[Path | str, Source | None] = {_resolved(source.path): source}
        self._targets: dict[tuple[int, str, str], Node | None] = {}
        self._identifiers: dict[int, Identifiers] = {}
        self._merged: dict[int, tuple[Any, Node]] = table()
        self._sound: dict[tuple[Any, ...], Node] = {}

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every file that was read, the document first."""
        return tuple(source for source in self._files.values() if source is not None)

    def follow(self, node: Node) -> Node:
        """The node itself, or what its `$ref` (and the ref's ref) leads to; siblings of `$ref` win over the target.
        A reference that leads nowhere is reported once and gives an empty node."""
        value = node.value
        if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
            return node
        known = self._merged.get(id(value))
        if known is not None:
            return known[1]
        reported = self.report.count
        result = self._chase(node)
        self._merged[id(value)] = (value, result)  # the value is kept so that its id stays its own
        said = _said(node)
        if said and self.report.count == reported:
            self._sound.setdefault(said, node)
        return result

    def alike(self, node: Node) -> Node:
        """The first node with the same reference and the same beside it, so that what is made of both is made once."""
        value = node.value
        if value.__class__ is not dict or "$ref" not in value:
            return node
        said = _said(node)
        return self._sound.get(said, node) if said else node

    def name(self, node: Node) -> str:
        """The last token of its `$ref`: 'Pet' of '#/components/schemas/Pet'; '' without one."""
        last = unquote(node.text("$ref").rpartition("/")[2])
        return last.partition("#")[0].removesuffix(".json").removesuffix(".yaml")

    def _chase(self, node: Node) -> Node:
        siblings: dict[str, Any] = {}
        current = node
        for _ in range(MAX_HOPS):
            value = current.value
            if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
                break
            siblings = {**{k: v for k, v in value.items() if k != "$ref"}, **siblings}
            target = self._target(current, value["$ref"])
            if target is None:
                return Node(siblings or None, node.source, pointer=node.pointer)
            current = target
        else:
            self._problem(node, "ref-cycle", f"$ref {node.value['$ref']!r} leads back to itself")
            return Node(siblings or None, node.source, pointer=node.pointer)
        if siblings and isinstance(current.value, dict):
            return self._beside(node, current, siblings)
        return current

    def _beside(self, node: Node, target: Node, siblings: dict[str, Any]) -> Node:
        """The target with what stands beside the `$ref`: words about it win, its structure stays what it is."""
        if not siblings.keys().isdisjoint(_STRUCTURE) and not target.value.keys().isdisjoint(_STRUCTURE):
            words = {key: value for key, value in siblings.items() if key not in _STRUCTURE}
            rest = {key: value for key, value in siblings.items() if key in _STRUCTURE}
            return Node({**words, "allOf": [{"$ref": node.value["$ref"]}, rest]}, node.source, pointer=node.pointer)
        kept = {key: value for key, value in siblings.items() if key in _WORDS or key.startswith("x-")}
        return Node({**siblings, **target.value, **kept}, target.source, pointer=target.pointer)

    def _target(self, node: Node, ref: str) -> Node | None:
        key = (id(node.source), ref, self._identifiers_of(node.source).base_at(node))
        if key not in self._targets:
            self._targets[key] = self._find(node, ref)
        return self._targets[key]

    def _find(self, node: Node, ref: str) -> Node | None:
        named = self._identifiers_of(node.source).find(ref, node)
        if named is not None:
            return Node(named.value, node.source, pointer=named.pointer)
        file, _, fragment = ref.partition("#")
        source = self._open(node, file) if file else node.source
        if source is None:
            return None
        try:
            path = split_pointer(unquote(fragment))
        except ExpressionError:
            path = ("", "")
        value = lookup(source.root, path)
        if value is None and fragment:
            found = _anchor(source.root, fragment)
            if found is None:
                self._problem(
                    node,
                    "ref-missing",
                    f"$ref {ref!r} leads to nothing",
                    "fix the reference or add its target",
                )
                return None
            return Node(found, source, pointer="")
        return Node(value, source, pointer=join_pointer(path))

    def _identifiers_of(self, source: Source) -> Identifiers:
        known = self._identifiers.get(id(source))
        if known is None:
            base = self._own if source is self.source else ""
            known = self._identifiers[id(source)] = Identifiers(source, base)
        return known

    def _open(self, node: Node, file: str) -> Source | None:
        if self._own and urljoin(self._own, file) == self._own:
            return self.source  # by the name it gives itself
        base = node.source.path
        if isinstance(base, str):
            place: Path | str = urljoin(base, file)
            fault = self._fault_of_url(base, str(place), file)
        elif is_url(file):
            hint = "save the file beside the document, or fetch it with --fetch"
            told = ("ref-remote", f"$ref to {file!r} is not fetched", hint)
            place, fault = file, None if self.source.reach.fetch else told
        else:
            place = (base.parent / unquote(file)).resolve()
            own = self.source.path
            inside = not isinstance(own, str) and self.source.reach.allows(place, own)
            hint = "say with --root which folder its files lie below"
            fault = None if inside else ("ref-outside", f"$ref to {file!r} leaves the document's folders", hint)
        if place in self._files:
            return self._files[place]
        if fault is not None:
            self._problem(node, *fault)
            return None
        self._files[place] = self._read(node, place, file)
        return self._files[place]

    def _fault_of_url(self, base: str, place: str, file: str) -> tuple[str, str, str] | None:
        if not same_origin(base, place):
            return "ref-remote", f"$ref to {file!r} leaves the document's origin", "serve it from the same host"
        if len(self._files) > MAX_FETCHED:
            return "ref-remote", f"more than {MAX_FETCHED} files", "bundle the document into one file"
        return None

    def _read(self, node: Node, place: Path | str, file: str) -> Source | None:
        """The file, opened once for all who read the document; what is wrong with it is told where it is asked for."""
        known = self.source.beside.get(place)
        if known is None:
            try:
                public = isinstance(place, str) and not isinstance(self.source.path, str)
                known = Source(place, None if isinstance(place, str) else file, stay=True, public=public)
            except SpecloomError as error:
                known = error
            self.source.beside[place] = known
        if isinstance(known, Source):
            return known
        told = known.problem
        where = f" (line {told.location.line})" if told.location.line > 1 else ""
        self._problem(node, "ref-file", f"$ref to {file!r}: {told.message}{where}", told.hint or "check the reference")
        return None

    def _problem(self, node: Node, code: str, message: str, hint: str = "") -> None:
        self.report.error(node, code, message, hint)


def _said(node: Node) -> tuple[Any, ...]:
    """The same for all that say the same in the same file; () where more than plain values stand beside the reference,
    which may be large: this is asked at every visit."""
    said = node.value
    if any(entry.__class__ in _CONTAINERS for entry in said.values()):
        return ()
    return (id(node.source), *((key, entry, entry.__class__) for key, entry in said.items()))


def _resolved(place: Path | str) -> Path | str:
    return place if isinstance(place, str) else place.resolve()


def _anchor(root: Any, name: str) -> Any:
    """`#Pet` names a component or definition in a few real documents, or a schema's `$anchor`."""
    for path in (("components", "schemas"), ("definitions",), ("$defs",)):
        holder = lookup(root, path)
        if isinstance(holder, dict):
            for key, value in holder.items():
                if key == name or (isinstance(value, dict) and value.get("$anchor") == name):
                    return value
    return None

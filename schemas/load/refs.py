"""Where `$ref`s lead: lazily, memoised, cycles and files included."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote

from schemas.expressions import ExpressionError, join_pointer, lookup, split_pointer
from schemas.load.node import Node
from schemas.load.report import Reporter
from schemas.load.source import Source
from schemas.problems import SpecloomError

MAX_HOPS = 64
_WORDS = frozenset("title description summary default example examples nullable deprecated readOnly writeOnly".split())
_STRUCTURE = frozenset(("properties", "required", "allOf", "oneOf", "anyOf"))


class Refs:
    """Follows references inside one document and the files beside it (never above its folder, never the network)."""

    def __init__(self, source: Source, report: Reporter) -> None:
        self.root_folder = source.path.parent.resolve()
        self.report = report
        self._files: dict[Path, Source | None] = {source.path.resolve(): source}
        self._targets: dict[tuple[int, str], Node | None] = {}
        self._merged: dict[int, tuple[Any, Node]] = {}

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
        result = self._chase(node)
        self._merged[id(value)] = (value, result)  # the value is kept so that its id stays its own
        return result

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
        key = (id(node.source), ref)
        if key not in self._targets:
            self._targets[key] = self._find(node, ref)
        return self._targets[key]

    def _find(self, node: Node, ref: str) -> Node | None:
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

    def _open(self, node: Node, file: str) -> Source | None:
        if "://" in file:
            self._problem(node, "ref-remote", f"$ref to {file!r} is not fetched", "save the file beside the document")
            return None
        path = (node.source.path.parent / unquote(file)).resolve()
        if path not in self._files:
            self._files[path] = None
            if not path.is_relative_to(self.root_folder):
                self._problem(
                    node,
                    "ref-outside",
                    f"$ref to {file!r} leaves the document's folder",
                    "move the file below it",
                )
                return None
            try:
                self._files[path] = Source(path, file)
            except SpecloomError as error:
                self.report.add(error.problem)
        return self._files[path]

    def _problem(self, node: Node, code: str, message: str, hint: str = "") -> None:
        self.report.error(node, code, message, hint)


def _anchor(root: Any, name: str) -> Any:
    """`#Pet` names a component or definition in a few real documents, or a schema's `$anchor`."""
    for path in (("components", "schemas"), ("definitions",), ("$defs",)):
        holder = lookup(root, path)
        if isinstance(holder, dict):
            for key, value in holder.items():
                if key == name or (isinstance(value, dict) and value.get("$anchor") == name):
                    return value
    return None

"""YAML 1.2's core schema over PyYAML's C parser, which would follow hostile text into the ground on its own.

PyYAML reads YAML 1.1, where `OFF` is false and `2024-01-01` a date: real documents suffer from it. Its C composer
recurses without a limit, its merge keys multiply, and its aliases may unfold to more than memory holds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import yaml

from specloom.schemas.document import MAX_DEPTH
from specloom.schemas.document.reading.written_text import keep_texts

_NESTED = f"nested more than {MAX_DEPTH} levels deep"
MAX_NODES = 5_000_000
"""Values after YAML aliases are followed: a 'billion laughs' file is refused long before it unfolds."""
MAX_MERGED = 2_000_000
"""Members that merge keys (`<<`) may copy."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TooDeep(Exception):
    """Nested beyond MAX_DEPTH, or unfolding beyond MAX_NODES or MAX_MERGED. `str()` is the reason."""


class CoreLoader(_Loader):  # type: ignore[misc]
    """`OFF` and `2024-01-01` stay texts, `0o7` is 7, `010` is 10. Every tag that is not JSON's is plain data."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self.repeated: list[tuple[str, int]] = []
        """(key, line) of keys that stand twice in one mapping; the last counts."""
        self._depth = 0
        self._merged = 0

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """The composer calls this on its way down; it has no other place for a limit."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TooDeep(_NESTED)

    def ascend_resolver(self) -> None:
        self._depth -= 1

    def flatten_mapping(self, node: Any) -> None:
        """Merge keys, each key once: PyYAML's own copies multiply with every level."""
        merged: list[Any] = []
        own: list[Any] = []
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                merged += self._parts(value)
            else:
                own.append((key, value))
        if len(own) < len(node.value):
            seen = {key.value for key, _ in own if isinstance(key, yaml.ScalarNode)}
            for part in merged:
                self.flatten_mapping(part)
                fresh = [(k, v) for k, v in part.value if not isinstance(k, yaml.ScalarNode) or k.value not in seen]
                seen.update(k.value for k, _ in fresh if isinstance(k, yaml.ScalarNode))
                own += fresh
                self._merged += len(part.value)
                if self._merged > MAX_MERGED:
                    raise TooDeep("its YAML merge keys unfold to more than memory can hold")
            node.value = own

    @staticmethod
    def _parts(value: Any) -> list[Any]:
        parts = value.value if isinstance(value, yaml.SequenceNode) else [value]
        for part in parts:
            if not isinstance(part, yaml.MappingNode):
                raise yaml.MarkedYAMLError(None, None, "'<<' merges something that is no mapping", value.start_mark)
        return list(parts)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """As SafeLoader does it, with text keys only (`200:` is '200') and repeated keys noted."""
        self.flatten_mapping(node)
        keep_texts(node.value)
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key in mapping:
                self.repeated.append((key, key_node.start_mark.line + 1))
            mapping[key] = self.construct_object(value_node, deep=deep)
        return mapping

    def _key(self, node: Any) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(None, None, "a list or mapping is used as a key", node.start_mark)
        if node.tag == "tag:yaml.org,2002:str":
            text: str = node.value
            return text
        value = self.construct_object(node, deep=True)
        names = {True: "true", False: "false", None: "null"}
        return names[value] if value is None or isinstance(value, bool) else str(value)


_CORE = (
    ("null", re.compile(r"(?:~|null|Null|NULL|)\Z"), ["~", "n", "N", ""]),
    ("bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")),
    ("int", re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"), list("-+0123456789")),
    ("float", re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z"), list("-+.0123456789")),
    ("merge", re.compile(r"<<\Z"), ["<"]),
)
for _tag, _pattern, _first in _CORE:
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, _first)


def _text(loader: Any, node: Any) -> str:
    text: str = loader.construct_scalar(node)
    return text


def _int(loader: Any, node: Any) -> int | float | str:
    text = loader.construct_scalar(node)
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    try:
        number = int(text[2:] if base != 10 else text, base) if len(text) < 400 else None
    except ValueError:  # an explicit `!!int x`
        number = None
    return text if number is None else number


def _float(loader: Any, node: Any) -> float | str:
    """What no JSON can hold (1e999) stays the text it is."""
    text: str = loader.construct_scalar(node)
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _bool(loader: Any, node: Any) -> bool | str:
    text: str = loader.construct_scalar(node)
    return {"true": True, "false": False}[text.lower()] if text.lower() in ("true", "false") else text


def _plain(loader: Any, _suffix: str, node: Any) -> Iterator[Any] | Any:
    """Tags of other worlds (`!Ref x`, `!!set`, `!!binary`) say nothing to JSON: the data below them counts."""
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


CoreLoader.yaml_constructors = {
    tag: maker
    for tag, maker in CoreLoader.yaml_constructors.items()
    if tag in {f"tag:yaml.org,2002:{kind}" for kind in ("null", "str", "seq", "map")}
}
for _kind, _maker in (("int", _int), ("float", _float), ("bool", _bool), ("timestamp", _text), ("binary", _text)):
    CoreLoader.add_constructor(f"tag:yaml.org,2002:{_kind}", _maker)
CoreLoader.add_multi_constructor("", _plain)

_SURROGATES = re.compile(
    r"\\u([dD][89abAB][0-9a-fA-F]{2})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


def joined_surrogates(text: str) -> str:
    """JSON writes characters beyond the first plane as two escapes, which YAML refuses."""

    def one(match: re.Match[str]) -> str:
        high, low = match.group(1), match.group(2)
        if not (high and low):
            return "\\uFFFD"
        return f"\\U{0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00):08X}"

    return _SURROGATES.sub(one, text)


def parse(text: str) -> tuple[Any, list[tuple[str, int]]]:
    """(the data with text keys, [(repeated key, line)]). Raises yaml.YAMLError or TooDeep."""
    loader = CoreLoader(text)
    try:
        value = loader.get_single_data()
        repeated = loader.repeated
    except yaml.MarkedYAMLError as error:
        # The parser reads on to the end of a line before the composer hears of it, and gives up at a depth of its own.
        if error.problem_mark and _open_brackets(text[: error.problem_mark.index]) > MAX_DEPTH:
            raise TooDeep(_NESTED) from None
        raise
    finally:
        loader.dispose()
    size, depth = unfolded(value)
    if size > MAX_NODES:
        raise TooDeep("its YAML aliases unfold to more than memory can hold")
    if depth > MAX_DEPTH:
        raise TooDeep(_NESTED)
    return value, repeated


_NO_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|(?<!\S)#.*')


def _open_brackets(text: str) -> int:
    """How many `[` and `{` are still open at its end, those in quotes and comments left out."""
    code = _NO_BRACKETS.sub("", text)
    return sum(code.count(bracket) for bracket in "[{") - sum(code.count(bracket) for bracket in "]}")


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def unfolded(value: Any) -> tuple[int, int]:
    """(how many values a walk would meet, long texts counted by their length; how deep it would go), aliases
    followed each time. Cycles count as too many."""
    known: dict[int, tuple[int, int]] = {}
    stack: list[tuple[Any, bool]] = [(value, False)]
    open_: set[int] = set()
    while stack:
        node, done = stack.pop()
        key = id(node)
        if done:
            below = [
                known.get(id(child)) or (1 + len(child) // 64 if isinstance(child, str) else 1, 0)
                for child in _children(node)
            ]
            known[key] = (1 + sum(size for size, _ in below), 1 + max((depth for _, depth in below), default=0))
            open_.discard(key)
        elif key not in known and isinstance(node, (dict, list)):
            open_.add(key)
            stack.append((node, True))
            for child in _children(node):
                if id(child) in open_:
                    return MAX_NODES + 1, 0
                if isinstance(child, (dict, list)):
                    stack.append((child, False))
    return known.get(id(value), (1, 0))

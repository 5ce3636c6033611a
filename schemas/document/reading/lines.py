"""The line a pointer stands on, in files of any size: only the wanted pointers are looked for."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import partial
from typing import Any

from specloom.schemas.expressions import ExpressionError, split_pointer

COMPOSED = 400_000
"""Characters of YAML up to which its parser is asked; larger files are read by their indentation."""

Trie = dict[str, Any]
_SPACE = re.compile(r"[ \t\r\n]*")
_scan: Any = getattr(json.JSONDecoder(strict=False), "scan_once")  # noqa: B009 - untyped, but the documented hook
_string: Any = getattr(json.decoder, "scanstring")  # noqa: B009


def lines_of(text: str, pointers: Iterable[str], is_json: bool) -> dict[str, int]:
    """Pointer to line (from 1). A pointer that leads nowhere gets the line of the nearest enclosing value."""
    wanted = {pointer: _split(pointer) for pointer in pointers}
    if not wanted or "\n" not in text:
        return dict.fromkeys(wanted, 1)
    if is_json:
        found = _in_json(text, wanted.values())
    elif len(text) <= COMPOSED:
        found = _composed(text, wanted.values())
    else:
        found = _by_indentation(text, wanted.values())
    return {pointer: _nearest(found, tokens) for pointer, tokens in wanted.items()}


def _split(pointer: str) -> tuple[str, ...]:
    try:
        return split_pointer(pointer)
    except ExpressionError:
        return ()


def _nearest(found: dict[tuple[str, ...], int], tokens: tuple[str, ...]) -> int:
    while tokens not in found and tokens:
        tokens = tokens[:-1]
    return found.get(tokens, 1)


def _trie(paths: Iterable[tuple[str, ...]]) -> Trie:
    root: Trie = {}
    for path in paths:
        below = root
        for token in path:
            below = below.setdefault(token, {})
    return root


# --- JSON: C-speed skipping of everything that is not on the way


def _in_json(text: str, paths: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    breaks = [match.start() for match in re.finditer("\n", text)]
    found: dict[tuple[str, ...], int] = {(): 1}

    def note(path: tuple[str, ...], at: int) -> None:
        found[path] = bisect_right(breaks, at) + 1

    try:
        _walk(text, _after(text, 0), _trie(paths), (), note)
    except (ValueError, IndexError, RecursionError):
        pass  # flow-style YAML, or a fault the reader has reported: the nearest known line will do
    return found


def _after(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _walk(text: str, at: int, trie: Trie, path: tuple[str, ...], note: Any) -> int:
    """Steps into the value at `at` as far as `trie` goes; gives the place after it."""
    opening = text[at]
    if not trie or opening not in "{[":
        return int(_scan(text, at)[1])
    index = 0
    at = _after(text, at + 1)
    while text[at] not in "}]":
        start = at
        if opening == "{":
            key, at = _string(text, at + 1, False)
            at = _after(text, _after(text, at) + 1)
        else:
            key = str(index)
        if key in trie:
            note((*path, key), start)
            at = _walk(text, at, trie[key], (*path, key), note)
        else:
            at = int(_scan(text, at)[1])
        index += 1
        at = _after(text, at)
        if text[at] == ",":
            at = _after(text, at + 1)
    return at + 1


# --- YAML


def _composed(text: str, paths: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    import yaml

    from specloom.schemas.document.reading.yaml12 import CoreLoader, TooDeep

    try:
        root = yaml.compose(text, Loader=CoreLoader)
    except (yaml.YAMLError, TooDeep):
        return {(): 1}
    found: dict[tuple[str, ...], int] = {(): 1}
    todo: list[tuple[Any, Trie, tuple[str, ...]]] = [(root, _trie(paths), ())]
    while todo:
        node, trie, path = todo.pop()
        for key, line, child in _members(node, yaml):
            if key in trie:
                found[*path, key] = line
                todo.append((child, trie[key], (*path, key)))
    return found


def _members(node: Any, yaml: Any) -> Iterable[tuple[str, int, Any]]:
    if isinstance(node, yaml.MappingNode):
        return [
            (str(key.value), key.start_mark.line + 1, value)
            for key, value in node.value
            if isinstance(key, yaml.ScalarNode)
        ]
    if isinstance(node, yaml.SequenceNode):
        return [(str(index), child.start_mark.line + 1, child) for index, child in enumerate(node.value)]
    return []


_ITEM = partial(re.compile, r"-(?: +|\Z)")
_KEY = partial(
    re.compile, r"""(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s"'\[{#&*!|>%@`][^#\n]*?))\s*:(?:\s+(.*)|\Z)"""
)
_OPENS = partial(re.compile, r"(?:[&!]\S*\s*)*(?:#.*)?\Z")


def _by_indentation(text: str, paths: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    """One pass over the lines of block style; inside flow style the line of the enclosing block is given."""
    wanted = {path[:length] for path in paths for length in range(len(path) + 1)}
    found: dict[tuple[str, ...], int] = {(): 1}
    stack: list[_Entry] = []
    closed = -1
    """What is deeper than this column continues a text."""
    is_item, is_key, opens = _ITEM().match, _KEY().match, _OPENS().match
    for number, line in enumerate(text.split("\n"), 1):
        content = line.strip()
        column = len(line) - len(line.lstrip(" "))
        if not content or content[0] == "#" or (closed >= 0 and column > closed):
            continue
        closed = -1
        while item := is_item(content):
            column, content = _push_item(stack, column, item.end()), content[item.end() :]
            _note(found, wanted, stack, number)
        if key := is_key(content):
            while stack and stack[-1][0] >= column:
                stack.pop()
            stack.append((column, key[1] or key[2] or key[3] or "", -1))
            _note(found, wanted, stack, number)
            closed = -1 if opens(key[4] or "") else column
    return found


_Entry = tuple[int, str, int]
"""(column, token, index in its list or -1)"""


def _push_item(stack: list[_Entry], column: int, width: int) -> int:
    index = 0
    while stack and (stack[-1][0] > column or (stack[-1][0] == column and stack[-1][2] >= 0)):
        index = stack.pop()[2] + 1
        if stack and stack[-1][0] > column:
            index = 0
    stack.append((column, str(index), index))
    return column + width


def _note(found: dict[tuple[str, ...], int], wanted: set[tuple[str, ...]], stack: list[_Entry], number: int) -> None:
    path = tuple(entry[1] for entry in stack)
    if path in wanted:
        found.setdefault(path, number)

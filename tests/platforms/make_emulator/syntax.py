"""IML as text: splits a template into texts and expressions, and parses expressions into tuples.

Nodes: ('const', v) ('name', n) ('get', node, key) ('index', node, node) ('call', name, args) ('unary', op, node)
('binary', op, left, right).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

Node = tuple[Any, ...]

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<string>'[^']*'|"[^"]*")|(?P<tick>`[^`]*`)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<op>===|!==|==|!=|<=|>=|&&|\|\||[-+*/%=<>!().,\[\]]))""",
    re.X,
)
_LEVELS = (("||",), ("&&",), ("=", "==", "===", "!=", "!=="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%"))
_WORDS = {"true": True, "false": False, "null": None}


class ImlSyntaxError(ValueError):
    """Make would refuse to save or run this expression."""


@lru_cache(maxsize=8192)
def template(text: str) -> tuple[str | Node, ...]:
    """Texts and parsed expressions, in order."""
    parts: list[str | Node] = []
    rest = text
    while rest:
        before, opened, rest = rest.partition("{{")
        if "}}" in before:
            raise ImlSyntaxError(f"}}}} without {{{{ in {text!r}")
        if before:
            parts.append(before)
        if opened:
            inside, closed, rest = rest.partition("}}")
            if not closed or "{{" in inside:
                raise ImlSyntaxError(f"unbalanced expression in {text!r}")
            parts.append(parse(inside))
    return tuple(parts)


@lru_cache(maxsize=8192)
def parse(text: str) -> Node:
    parser = _Parser(_tokens(text), text)
    node = parser.level(0)
    parser.end()
    return node


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if not match or not match.lastgroup:
            raise ImlSyntaxError(f"cannot read {text[position:]!r} in {text!r}")
        found.append((match.lastgroup, match.group(match.lastgroup)))
        position = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], text: str) -> None:
        self.tokens, self.text, self.at = tokens, text, 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, *values: str) -> str:
        kind, value = self.peek()
        if kind == "op" and value in values:
            self.at += 1
            return value
        return ""

    def need(self, value: str) -> None:
        if not self.take(value):
            raise ImlSyntaxError(f"{value!r} expected in {self.text!r}, not {self.peek()[1]!r}")

    def end(self) -> None:
        if self.peek()[0] != "end":
            raise ImlSyntaxError(f"{self.peek()[1]!r} not expected in {self.text!r}")

    def level(self, index: int) -> Node:
        if index == len(_LEVELS):
            return self.unary()
        node = self.level(index + 1)
        while operator := self.take(*_LEVELS[index]):
            node = ("binary", operator, node, self.level(index + 1))
        return node

    def unary(self) -> Node:
        if operator := self.take("!", "-"):
            return ("unary", operator, self.unary())
        return self.postfix(self.primary())

    def postfix(self, node: Node) -> Node:
        while True:
            if self.take("."):
                kind, value = self.peek()
                if kind not in ("name", "tick"):
                    raise ImlSyntaxError(f"a name expected after '.' in {self.text!r}")
                self.at += 1
                node = ("get", node, value.strip("`"))
            elif self.take("["):
                node = ("index", node, self.level(0))
                self.need("]")
            else:
                return node

    def primary(self) -> Node:
        kind, value = self.peek()
        self.at += 1
        if kind == "number":
            return ("const", float(value) if "." in value else int(value))
        if kind == "string":
            return ("const", value[1:-1])
        if kind == "tick":
            return ("name", value.strip("`"))
        if kind == "name" and value in _WORDS:
            return ("const", _WORDS[value])
        if kind == "name":
            return ("call", value, self.arguments()) if self.take("(") else ("name", value)
        if kind == "op" and value == "(":
            node = self.level(0)
            self.need(")")
            return node
        raise ImlSyntaxError(f"{value or 'the end'!r} not expected in {self.text!r}")

    def arguments(self) -> tuple[Node, ...]:
        found: list[Node] = []
        if self.take(")"):
            return ()
        while True:
            found.append(self.level(0))
            if self.take(")"):
                return tuple(found)
            self.need(",")

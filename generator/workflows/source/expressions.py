"""The part of jq that every platform can express: paths, interpolation, comparison, `//`, `and`, `or`.

A text of a source is an expression when it is `${ … }` as a whole. Everything else is taken as it is. What jq can do
beyond this is refused here, so that no platform has to guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Literal

from msgspec import Struct

Operator = Literal["==", "!=", "<", "<=", ">", ">="]
Word = Literal["and", "or"]

DOT, INPUT, CONTEXT = ".", "$workflow.input", "$context"


class JqError(ValueError):
    """The text is no expression of this language; `str()` says why, `hint` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class JqPath(Struct, frozen=True):
    """`root` is '.', '$workflow.input', '$context' or a variable such as '$item'; `steps` are keys and indexes."""

    root: str
    steps: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        steps = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in self.steps)
        return (steps or ".") if self.root == DOT else self.root + steps


ResolvePath = Callable[[JqPath], str]
"""What a platform writes for a path: its own reference to the same value."""


class Constant(Struct, frozen=True):
    value: str | int | float | bool | None


class Text(Struct, frozen=True):
    """A text with values in it."""

    parts: tuple[str | JqNode, ...]


class Alternative(Struct, frozen=True):
    """`left // right`: the right one where the left one is absent, null, false or an empty text."""

    left: JqNode
    right: JqNode


class Comparison(Struct, frozen=True):
    operator: Operator
    left: JqNode
    right: JqNode


class Both(Struct, frozen=True):
    word: Word
    left: JqNode
    right: JqNode


JqNode = JqPath | Constant | Text | Alternative | Comparison | Both

_WHOLE = re.compile(r"\$\{(?P<inner>.*)\}", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>-?\d+(?:\.\d+)?)
      | (?P<operator>==|!=|<=|>=|<|>|//)
      | (?P<mark>[()])
      | (?P<path>(?:\$[A-Za-z_][A-Za-z0-9_]*|\.(?![.\w"\[])|(?=[.\[]))
            (?:\.[A-Za-z_][A-Za-z0-9_]*|\."(?:[^"\\])*"|\.?\[\d+\])*)
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<quote>")
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r'\.([A-Za-z_][A-Za-z0-9_]*)|\."([^"\\]*)"|\.?\[(\d+)\]')
_WORDS = {"true": True, "false": False, "null": None}
_BEYOND = 'paths, "text \\(.path)", == != < <= > >=, //, and, or'


def is_expression(value: object) -> bool:
    return isinstance(value, str) and _WHOLE.fullmatch(value.strip()) is not None


def parse(text: str) -> JqNode:
    """The expression in `${ … }`. Raises ExpressionError."""
    found = _WHOLE.fullmatch(text.strip())
    if found is None:
        raise JqError(f"{text!r} is no expression", "write ${ … } around it")
    return _Parser(found["inner"]).whole()


def paths(node: JqNode) -> Iterator[JqPath]:
    """Every path an expression reads."""
    if isinstance(node, JqPath):
        yield node
    elif isinstance(node, Text):
        for part in node.parts:
            if not isinstance(part, str):
                yield from paths(part)
    elif not isinstance(node, Constant):
        yield from paths(node.left)
        yield from paths(node.right)


def is_condition(node: JqNode) -> bool:
    """Whether the expression says yes or no by its form."""
    return isinstance(node, (Comparison, Both))


class _Parser:
    """jq's precedence: `//` binds least, then or, and, comparisons."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def whole(self) -> JqNode:
        node = self._alternative()
        if self.text[self.at :].strip():
            raise self._beyond()
        return node

    def _alternative(self) -> JqNode:
        left = self._joined("or")
        if not self._take("operator", "//"):
            return left
        right = self._alternative()
        if is_condition(left) or is_condition(right):
            raise JqError("// between comparisons", "put parentheses around the part with //")
        return Alternative(left, right)

    def _joined(self, word: Word) -> JqNode:
        inner = self._compared if word == "and" else lambda: self._joined("and")
        left = inner()
        while self._take("word", word):
            right = inner()
            if not (is_condition(left) and is_condition(right)):
                raise JqError(f"{word!r} joins comparisons", "compare each value with == or another operator")
            left = Both(word, left, right)
        return left

    def _compared(self) -> JqNode:
        left = self._term()
        operator = self._take("operator", "==", "!=", "<", "<=", ">", ">=")
        if not operator:
            return left
        return Comparison(operator, left, self._term())  # type: ignore[arg-type]

    def _term(self) -> JqNode:
        found = _TOKEN.match(self.text, self.at)
        if found is None or not found.group().strip():
            raise self._beyond()
        kind = found.lastgroup or ""
        self.at = found.end()
        if kind == "path":
            return self._path(found["path"])
        if kind == "number":
            return Constant(json.loads(found["number"]))
        if kind == "quote":
            return self._quoted()
        if kind == "mark" and found["mark"] == "(":
            node = self._alternative()
            if not self._take("mark", ")"):
                raise JqError("a ( is not closed")
            return node
        if kind == "word" and found["word"] in _WORDS:
            return Constant(_WORDS[found["word"]])
        self.at = found.start()
        raise self._beyond()

    def _path(self, text: str) -> JqPath:
        name = re.match(r"\$[A-Za-z_][A-Za-z0-9_]*", text)
        root = name.group() if name else DOT
        rest = text[len(root) :] if name else text
        steps: list[str | int] = [
            int(index) if index else (plain or quoted) for plain, quoted, index in _STEP.findall(rest)
        ]
        if root == "$workflow":
            if steps[:1] != ["input"]:
                raise JqError(f"{text!r} is not known", "of $workflow only $workflow.input can be read")
            root, steps = INPUT, steps[1:]
        return JqPath(root, tuple(steps))

    def _quoted(self) -> JqNode:
        """A text after its opening quote, with `\\( … )` for values."""
        parts: list[str | JqNode] = []
        plain = ""
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter == '"':
                self.at += 1
                parts += [plain] if plain else []
                return Text(tuple(parts)) if any(not isinstance(p, str) for p in parts) else Constant("".join(parts))  # type: ignore[arg-type]
            if letter != "\\":
                plain, self.at = plain + letter, self.at + 1
            elif self.text[self.at + 1 : self.at + 2] == "(":
                self.at += 2
                parts += [plain] if plain else []
                plain = ""
                parts.append(self._alternative())
                if not self._take("mark", ")"):
                    raise JqError("a \\( in a text is not closed")
            else:
                plain, self.at = plain + self._escaped(), self.at
        raise JqError("a text is not closed")

    def _escaped(self) -> str:
        length = 6 if self.text[self.at + 1 : self.at + 2] == "u" else 2
        escape = self.text[self.at : self.at + length]
        self.at += length
        try:
            return str(json.loads(f'"{escape}"'))
        except ValueError:
            raise JqError(f"{escape!r} is no escape of a text") from None

    def _take(self, kind: str, *values: str) -> str:
        found = _TOKEN.match(self.text, self.at)
        if found is None or found.lastgroup != kind or found[kind] not in values:
            return ""
        self.at = found.end()
        return str(found[kind])

    def _beyond(self) -> JqError:
        rest = self.text[self.at :].strip()
        if not rest:
            return JqError("the expression is not complete")
        shown = rest if len(rest) <= 30 else rest[:29] + "…"
        return JqError(f"{shown!r} is beyond what every platform can express", f"use {_BEYOND}")

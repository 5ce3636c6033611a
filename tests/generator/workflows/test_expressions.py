"""The part of jq that sources use: what is read, what is refused, and what each platform makes of it."""

from __future__ import annotations

import pytest

from specloom.generator.make.iml import Inexpressible
from specloom.generator.workflows.make.expressions import alternatives, filtered, mapped, together
from specloom.generator.workflows.n8n.expressions import json_script, literal, parameter, quote
from specloom.generator.workflows.source.expressions import (
    Alternative,
    Both,
    Comparison,
    Constant,
    JqError,
    JqPath,
    Text,
    is_expression,
    parse,
    paths,
)


def js(path: JqPath) -> str:
    return "$json" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in path.steps)


def iml(path: JqPath) -> str:
    return "1" + "".join(f"[{s + 1}]" if isinstance(s, int) else f".{s}" for s in path.steps)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("${ . }", JqPath(".")),
        ("${ .a.b[0].c }", JqPath(".", ("a", "b", 0, "c"))),
        ('${ ."Points left" }', JqPath(".", ("Points left",))),
        ("${ $workflow.input.prompt }", JqPath("$workflow.input", ("prompt",))),
        ("${ $context.image.image_url }", JqPath("$context", ("image", "image_url"))),
        ("${ $item }", JqPath("$item")),
        ('${ .a // "x" }', Alternative(JqPath(".", ("a",)), Constant("x"))),
        ('${ "\\(.a) and \\(.b)" }', Text((JqPath(".", ("a",)), " and ", JqPath(".", ("b",))))),
        ('${ "tab\\tand \\u00e9" }', Constant("tab\tand é")),
        ('${ .a == "x" }', Comparison("==", JqPath(".", ("a",)), Constant("x"))),
        ("${ .a >= 1.5 }", Comparison(">=", JqPath(".", ("a",)), Constant(1.5))),
        (
            "${ .a == 1 or .a == 2 and .b == true }",
            Both(
                "or",
                Comparison("==", JqPath(".", ("a",)), Constant(1)),
                Both(
                    "and",
                    Comparison("==", JqPath(".", ("a",)), Constant(2)),
                    Comparison("==", JqPath(".", ("b",)), Constant(True)),
                ),
            ),
        ),
    ],
)
def test_what_is_read(text: str, node: object) -> None:
    assert is_expression(text)
    assert parse(text) == node


@pytest.mark.parametrize(
    "text",
    ["${ .a | length }", "${ .a + 1 }", "${ [.a] }", "${ .[] }", "${ .. }", "${ if .a then 1 else 2 end }", "${ }",
     "${ {a: .b} }", "${ $workflow.id }", '${ "open }', "${ (.a }", '${ .a == 1 // "x" }', "${ .a and .b }", "${ .a. }",
     "${ map(.a) }", "${ $__proto__.constructor() }", "${ .a; .b }", "${ `x` }"],
)  # fmt: skip
def test_what_is_beyond_every_platform_is_refused(text: str) -> None:
    with pytest.raises(JqError):
        parse(text)


def test_every_path_is_found() -> None:
    found = [str(p) for p in paths(parse('${ "\\(.a // $x.b) \\($workflow.input.c)" }'))]
    assert found == [".a", "$x.b", "$workflow.input.c"]


# n8n


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${ .a }", "={{ $json.a }}"),
        ('${ "Hello \\(.a)!" }', "=Hello {{ $json.a }}!"),
        ('${ .a // "x" }', '={{ $ifEmpty($json.a, "x") }}'),
        ('${ "{{ \\(.a) }}" }', '={{ "\\u007b\\u007b " + ($json.a ?? "") + " \\u007d\\u007d" }}'),
    ],
)
def test_n8n(text: str, expected: str) -> None:
    assert parameter(parse(text), js) == expected


@pytest.mark.parametrize("text", ["={{ $env.SECRET }}", "=1+1", "{{ 1 }}", "plain", "}} + $env + {{"])
def test_literal_texts_never_become_n8n_expressions(text: str) -> None:
    found = literal(text)
    if found.startswith("="):
        inner = found.removeprefix("={{ ").removesuffix(" }}")
        assert inner == quote(text) and "{{" not in inner and "}}" not in inner
    assert "{{" not in json_script({"a": text}, js) and "}}" not in json_script({"a": {"b": text}}, js)


# Make


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${ .items[0].url }", "{{1.items[1].url}}"),
        ('${ "Hello \\(.a)!" }', "Hello {{1.a}}!"),
        ('${ .a // "" }', "{{ifempty(1.a; emptystring)}}"),
        ('${ .a // "it\'s" }', '{{ifempty(1.a; "it\'s")}}'),
    ],
)
def test_make(text: str, expected: str) -> None:
    assert mapped(parse(text), iml) == expected


@pytest.mark.parametrize("text", ["{{1.secret}}", "a }} b"])
def test_texts_that_make_would_read_as_expressions_are_refused(text: str) -> None:
    with pytest.raises(Inexpressible):
        mapped(text, iml)


def test_a_filter_is_alternatives_of_conditions() -> None:
    limit = parse("${ .status == 402 or .status == 429 }")
    image = parse('${ .type == "image" }')
    found = filtered(together(alternatives(limit, negated=True), alternatives(image)), iml)
    assert found == [[
        {"a": "{{1.status}}", "o": "number:notequal", "b": "402"},
        {"a": "{{1.status}}", "o": "number:notequal", "b": "429"},
        {"a": "{{1.type}}", "o": "text:equal", "b": "image"},
    ]]  # fmt: skip


def test_what_follows_from_the_rest_of_a_filter_is_left_out() -> None:
    image, audio = parse('${ .type == "image" }'), parse('${ .type == "audio" }')
    found = filtered(together(alternatives(image, negated=True), alternatives(audio)), iml)
    assert found == [[{"a": "{{1.type}}", "o": "text:equal", "b": "audio"}]]

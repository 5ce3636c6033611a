"""The tasks of a source: which kinds are known, and what each may say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from specloom.generator.workflows.source.expressions import JqNode
from specloom.generator.workflows.source.model import Call, Case, For, Raise, SetFields, Step, Switch, Task, Try, Wait
from specloom.generator.workflows.source.reader import Reader

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}")
_VARIABLE = r"[A-Za-z][A-Za-z0-9_]*"
_EXPORT = re.compile(r"\$\{\s*\$context\s*\+\s*\{\s*\"?([A-Za-z][A-Za-z0-9_]*)\"?\s*:\s*\.\s*\}\s*\}")
_FUNCTION = re.compile(r"([a-z][a-z0-9-]*):(\d+\.\d+\.\d+)@specloom")
PLATFORMS = ("n8n", "make", "zapier")
_COMMON = ("then", "export", "metadata")


def words(name: str) -> str:
    """'generateImage' and 'generate-image' to 'Generate Image'."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", re.sub(r"[^A-Za-z0-9]+", " ", name))
    return " ".join(word[:1].upper() + word[1:] for word in spaced.split())


def task_list(given: Reader) -> tuple[Task, ...]:
    """The tasks of a list; what cannot be read is reported and left out."""
    if given.value is None:
        return ()
    if not isinstance(given.value, list):
        given.problem("shape", "tasks stand in a list", "write each as '- name: {…}'")
        return ()
    found = [_named(entry) for entry in given.entries()]
    return tuple(task for task in found if task is not None)


def _named(entry: Reader) -> Task | None:
    if len(entry.keys()) != 1:
        entry.problem("shape", "each task is one name with what it does", "write '- name: {…}'")
        return None
    name = entry.keys()[0]
    body = entry.below(name)
    if not _NAME.fullmatch(name):
        body.problem("name", f"{name!r} is no name of a task", "use letters, digits, _ and -")
        return None
    if not body.object(f"the task {name!r}"):
        return None
    kind = next((kind for kind in KINDS if body.has(kind)), "")
    if not kind:
        told = ", ".join(body.keys()) or "nothing"
        body.problem("task", f"the task {name!r} says {told}", f"known kinds: {', '.join(KINDS)}")
        return None
    read, keys = KINDS[kind]
    body.only((*keys, *_COMMON), f"a task with {kind!r}")
    return read(body, _common(body, name))


def _common(body: Reader, name: str) -> dict[str, Any]:
    metadata = body.below("metadata")
    if metadata.value is not None:
        metadata.only(("title", "note", "notes", "results"), "'metadata'")
    return {
        "name": name,
        "at": body.at,
        "title": metadata.text("title") or words(name),
        "note": metadata.text("note"),
        "notes": _notes(metadata.below("notes")),
        "then": body.text("then") or "continue",
        "export": _export(body.below("export")),
    }


def _notes(given: Reader) -> dict[str, str]:
    """What is to be known on one platform only."""
    if given.value is None or not given.object("'notes'"):
        return {}
    given.only(PLATFORMS, "'notes'")
    return {key: given.text(key) for key in given.keys() if key in PLATFORMS}


def _export(given: Reader) -> str:
    if given.value is None:
        return ""
    given.only(("as",), "'export'")
    found = _EXPORT.fullmatch(given.text("as"))
    if found is None:
        given.problem("export", "an export adds the output to the context", "write ${ $context + { name: . } }")
        return ""
    return found[1]


def _call(body: Reader, common: dict[str, Any]) -> Task | None:
    if body.below("call").value == "openapi":
        return _operation(body, common)
    found = _FUNCTION.fullmatch(str(body.below("call").value))
    if found is None:
        hint = "call openapi, or a function of the catalogue: send-email:1.0.0@specloom"
        body.below("call").problem("call", f"{body.below('call').value!r} cannot be called", hint)
        return None
    inputs = body.below("with")
    return Step(**common, function=found[1], inputs=_mapping(inputs))


def _operation(body: Reader, common: dict[str, Any]) -> Task | None:
    given = body.below("with")
    if not given.object("'with'"):
        return None
    given.only(("document", "operationId", "parameters"), "'with'")
    document = given.below("document")
    document.only(("endpoint",), "'document'")
    endpoint = document.below("endpoint")
    uri = endpoint.text("uri", required=True) if isinstance(endpoint.value, Mapping) else document.text("endpoint")
    if not re.fullmatch(r"specloom://[a-z0-9-]+", uri):
        document.problem("document", f"{uri!r} names no service", "write specloom://<key>, such as specloom://tuen")
        return None
    results = body.below("metadata").text("results", pattern="poll|webhook") or "poll"
    return Call(
        **common,
        service=uri.removeprefix("specloom://"),
        operation=given.text("operationId", required=True),
        inputs=_mapping(given.below("parameters")),
        results=results,  # type: ignore[arg-type]
    )


def _mapping(given: Reader) -> dict[str, Any]:
    if given.value is None:
        return {}
    return dict(given.parsed()) if given.object("what is passed") else {}


def _set(body: Reader, common: dict[str, Any]) -> Task | None:
    return SetFields(**common, fields=_mapping(body.below("set")))


def _for(body: Reader, common: dict[str, Any]) -> Task | None:
    loop = body.below("for")
    if not loop.object("'for'"):
        return None
    loop.only(("each", "in"), "'for'")
    items = loop.below("in").condition()
    if items is None:
        return None
    each = loop.text("each", pattern=_VARIABLE) or "item"
    return For(**common, each=f"${each}", items=items, body=task_list(body.below("do")))


def _switch(body: Reader, common: dict[str, Any]) -> Task | None:
    cases = [case for case in map(_case, body.below("switch").entries()) if case is not None]
    for case in cases[:-1]:
        if case.when is None:
            body.problem("switch", f"the case {case.name!r} without 'when' hides those after it", "put it last")
    if not cases:
        body.problem("switch", "a switch has cases", "write '- name: {when: …, then: …}'")
        return None
    return Switch(**common, cases=tuple(cases))


def _case(entry: Reader) -> Case | None:
    if len(entry.keys()) != 1:
        entry.problem("shape", "each case is one name with 'when' and 'then'")
        return None
    name = entry.keys()[0]
    body = entry.below(name)
    body.only(("when", "then"), "a case")
    when: JqNode | None = body.below("when").condition() if body.has("when") else None
    return Case(name=words(name), when=when, then=body.text("then", required=True) or "continue", at=body.at)


def _wait(body: Reader, common: dict[str, Any]) -> Task | None:
    return Wait(**common, seconds=body.below("wait").seconds("'wait'"))


def _try(body: Reader, common: dict[str, Any]) -> Task | None:
    catch = body.below("catch")
    if not catch.object("'catch'"):
        return None
    catch.only(("as", "do"), "'catch'")
    error = catch.text("as", pattern=_VARIABLE) or "error"
    handler = task_list(catch.below("do"))
    if not handler:
        catch.problem("catch", "nothing is done about the error", "list tasks under 'do'")
    return Try(**common, body=task_list(body.below("try")), error=f"${error}", handler=handler)


def _raise(body: Reader, common: dict[str, Any]) -> Task | None:
    error = body.below("raise").below("error")
    if not error.object("'raise.error'"):
        return None
    error.only(("type", "status", "title", "detail"), "an error")
    error.text("type", required=True)
    status = error.below("status").value
    if not isinstance(status, int):
        error.problem("missing", "'status' must be a number")
    title, detail = error.below("title").parsed(), error.below("detail").parsed()
    return Raise(**common, status=status if isinstance(status, int) else 500, reason=title or "", detail=detail or "")


KINDS: Mapping[str, tuple[Callable[[Reader, dict[str, Any]], Task | None], tuple[str, ...]]] = {
    "call": (_call, ("call", "with")),
    "set": (_set, ("set",)),
    "for": (_for, ("for", "do")),
    "switch": (_switch, ("switch",)),
    "wait": (_wait, ("wait",)),
    "try": (_try, ("try", "catch")),
    "raise": (_raise, ("raise",)),
}
"""Kind of task to its reader and its own keys."""

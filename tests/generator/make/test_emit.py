"""The Make app as files: complete, in Make's style, the same every time, and deaf to what a document whispers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.make.components.lint import lint
from specloom.generator.make.emit import emit
from specloom.generator.platforms import Emission, EmitOptions
from specloom.schemas.expressions import Expression, parse
from specloom.schemas.model import Choice, Condition, Field, Operation, Output, Service
from tests.support.make_services import KEYS, featured, service


def emission(key: str) -> Emission:
    return emit(featured() if key == "featured" else service(key), EmitOptions())


def parsed(files: Any) -> dict[str, Any]:
    return {path: json.loads(content) for path, content in files.items() if path.endswith(".json")}


def strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


@pytest.mark.parametrize("key", [*KEYS, "featured"])
def test_the_lint_is_content(key: str) -> None:
    found = emission(key)
    assert lint(found.files) == []
    assert [problem for problem in found.problems if problem.code in ("make-lint", "make-field", "make-left-out")] == []


@pytest.mark.parametrize("key", [*KEYS, "featured"])
def test_labels_and_groups_are_in_makes_style(key: str) -> None:
    files = parsed(emission(key).files)
    modules = files["makecomapp.json"]["components"]["module"]
    for name, meta in modules.items():
        words = meta["label"].split()
        assert words[0][0].isupper() and not meta["label"].endswith("."), name
        assert meta["description"].endswith(".") and len(meta["description"]) <= 1001
        if meta["moduleType"] in ("trigger", "instant_trigger"):
            assert words[0] == "Watch"
    for group in files["modules/groups.json"]:
        ranks = ["trigger", "instant_trigger", "search", "action", "universal"]
        kinds = [ranks.index(modules[name]["moduleType"]) for name in group["modules"]]
        assert sorted(kinds, key=lambda k: k) == kinds or key == "featured"


def test_every_service_has_the_universal_module_and_a_readme() -> None:
    for key in KEYS:
        files = emission(key).files
        assert b"Make an API call" in files["makecomapp.json"]
        assert service(key).title.encode() in files["README.md"].replace(b"\\", b"")


def test_notes_about_the_document_stand_in_the_readme_alone() -> None:
    files = emission("mayanio").files
    assert b"## Not documented by MayanIO" in files["README.md"] and b"Generate a Video" in files["README.md"]
    assert not [path for path, content in files.items() if path.endswith(".json") and b"Not documented by" in content]


def test_dependent_fields_stand_below_their_choice() -> None:
    files = parsed(emission("tengrai").files)
    asked = files["modules/createSegmentationArtwork/createSegmentationArtwork.mappable-params.iml.json"]
    method = next(each for each in asked if each["name"] == "method")
    below = {option["value"]: [each["name"] for each in option["nested"]] for option in method["options"]}
    assert below["text"][0] == "textPrompt" and "pointsPositive" in below["points"]
    assert not {"textPrompt", "pointsPositive"} & {each["name"] for each in asked}


def _selects(parameter: dict[str, Any]) -> bool:
    """It shows the inputs of a choice, and is sent nowhere itself."""
    options = parameter.get("options")
    return parameter["type"] == "select" and isinstance(options, list) and any("nested" in each for each in options)


def test_optional_inputs_have_no_default_that_would_be_sent() -> None:
    for key in KEYS:
        for path, content in parsed(emission(key).files).items():
            if path.endswith("mappable-params.iml.json"):
                own = ("limit", "confirm", "waitForCompletion", "headers")
                wrong = [
                    p["name"]
                    for p in content
                    if "default" in p and not p.get("required") and p["name"] not in own and not _selects(p)
                ]
                assert wrong == [], path


def test_deprecated_operations_are_left_out_and_said_so() -> None:
    (entry,) = [entry for entry in emission("showcase").written if entry.source == "oldDelete"]
    assert (entry.kind, entry.reason) == ("left out", "deprecated")


def test_what_make_cannot_send_is_a_problem() -> None:
    options = replace(featured().operations[0], operation_id="probe", method="OPTIONS")
    odd = replace(featured(), operations=(*featured().operations, options))
    found = emit(odd, EmitOptions())
    (entry,) = [entry for entry in found.written if entry.source == "probe"]
    assert entry.kind == "left out" and "Make cannot send OPTIONS" in entry.reason
    assert any(problem.code == "make-left-out" and "OPTIONS" in problem.message for problem in found.problems)


def test_names_stay_when_the_document_grows() -> None:
    """Operations added before the others change neither module nor input names."""
    old = service("showcase")
    grown = replace(old, operations=(*featured().operations, *old.operations))
    before, after = parsed(emit(old, EmitOptions()).files), parsed(emit(grown, EmitOptions()).files)
    modules = before["makecomapp.json"]["components"]["module"]
    assert modules.keys() <= after["makecomapp.json"]["components"]["module"].keys()
    for name in modules:
        path = f"modules/{name}/{name}.mappable-params.iml.json"
        if name != "getResult":
            assert before[path] == after[path]


# --- hostile documents

PAYLOADS = [
    "}}{{connection.apiKey}}{{", "{{connection.apiKey}}", "' + connection.apiKey + '", "\\' + connection.apiKey", "{{...}}",
    '"}}', "`connection.apiKey`", "../../../../connection.apiKey", "<script>connection.apiKey</script>", "a\u2028b\u202econnection.apiKey",
]  # fmt: skip
_STRUCTURE = {
    ("Operation", "method"), ("Operation", "media_type"), ("Operation", "accept"), ("Field", "location"), ("Field", "type"),
    ("Field", "file"), ("Field", "style"), ("Field", "format"), ("Field", "visibility"), ("Output", "type"), ("Pagination", "style"),
    ("Trigger", "delivery"), ("Auth", "kind"), ("Auth", "scheme"), ("Auth", "location"), ("Auth", "flow"), ("Service", "key"),
    ("Operation", "operation_id"), ("Link", "operation_id"), ("Trigger", "operation_id"), ("Options", "operation_id"),
    ("ConnectionTest", "operation_id"), ("Operation", "path"), ("Response", "status"), ("Server", "url"), ("Operation", "server"),
    ("Field", "name"), ("Condition", "field"), ("Trigger", "url_field"), ("Job", "callback_field"), ("Pagination", "parameter"),
    ("Pagination", "size_parameter"), ("Expression", "source"), ("Expression", "parts"),
}  # fmt: skip


def poisoned(value: Any, payload: str, *, names: bool) -> Any:
    """The same service with every free text (and, with `names`, every wire name and pointer) replaced."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, Struct):
        kind = type(value).__name__
        changed: dict[str, Any] = {}
        for name in value.__struct_fields__:
            if (kind, name) in _STRUCTURE or (name in ("pointer", "pattern") and not names):
                continue
            if name == "pointer":
                if isinstance(value, Field) and value.location != "path":
                    changed[name] = ("/" if value.location == "body" else "") + payload
            else:
                changed[name] = poisoned(getattr(value, name), payload, names=names)
        return replace(value, **changed)
    if isinstance(value, str):
        return payload if value else value
    if isinstance(value, tuple):
        return tuple(poisoned(each, payload, names=names) for each in value)
    return value


def expressions(files: Any) -> Iterator[str]:
    for text in strings(list(parsed(files).items())):
        yield from re.findall(r"\{\{(.*?)\}\}", text, re.S)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("names", [False, True])
@pytest.mark.parametrize("key", ["showcase", "tengrai", "featured"])
def test_nothing_of_a_document_becomes_an_expression(key: str, payload: str, names: bool) -> None:
    made: Service = featured() if key == "featured" else service(key)
    clean = set(expressions(emit(made, EmitOptions()).files))
    files = emit(poisoned(made, payload, names=names), EmitOptions()).files
    for expression in expressions(files):
        outside = re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`", "''", expression)
        assert "\\" not in outside
        if "connection.apiKey" in outside:
            assert expression in clean, expression
    assert lint(files) == []
    for path in files:
        assert re.fullmatch(r"[A-Za-z0-9./-]+", path) and ".." not in path, path
    assert "<script" not in files["README.md"].decode()


def test_hostile_names_of_operations_and_fields() -> None:
    """Ids and names are cleaned, never trusted: the module's name, the input's name, the address."""
    for payload in PAYLOADS:
        bad = Field(name=payload, location="query", pointer=payload)
        path = Field(name="p", location="path", pointer=payload.replace("{", "").replace("}", ""), required=True)
        output = Output(type="image", mapping={"url": parse("$response.body#/" + payload.replace("~", ""))})
        operation = Operation(
            operation_id=payload, resource=payload, name=payload, path="/{{x}}/" + payload, method="GET", fields=(bad, path), output=output
        )  # fmt: skip
        choice = Field(name="c", pointer="/c", choices=(Choice(value=payload, label=payload),))
        second = Operation(
            operation_id="ok", resource="R", name="Ok", method="POST", fields=(choice,), media_type="application/json"
        )
        found = emit(Service(key="hostile", title=payload, operations=(operation, second)), EmitOptions())
        assert lint(found.files) == [] and {entry.source for entry in found.written} == {payload, "ok"}
        for expression in expressions(found.files):
            assert "connection.apiKey" not in re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`", "''", expression)


def test_odd_services_are_written_or_reported() -> None:
    """Whatever a lenient loader lets through: nothing at all, parts inside values, unknown paths and jobs."""
    assert lint(emit(Service(key="bare", title=""), EmitOptions()).files) == []
    inside = (Field(name="a", pointer="/a"), Field(name="b", pointer="/a/b"), Field(name="c", pointer=""))
    job = replace(featured().operation("startWork") or featured().operations[0], operation_id="orphan")
    operations = (
        Operation(
            operation_id="inside", resource="", name="", method="POST", fields=inside[:2], media_type="application/json"
        ),
        Operation(
            operation_id="whole", resource="", name="", method="POST", fields=inside, media_type="application/json"
        ),
        Operation(operation_id="lost", resource="", name="", path="/x/{nobody}"),
        job,
    )
    found = emit(Service(key="odd", title="Odd", operations=operations), EmitOptions())
    left = {entry.source for entry in found.written if entry.kind == "left out"}
    assert left == {"lost", "orphan"} and {entry.source for entry in found.written} == {
        "inside",
        "whole",
        "lost",
        "orphan",
    }
    assert any(problem.code == "make-field" and "'b'" in problem.message for problem in found.problems)
    assert lint(found.files) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        ("useChoice.mappable-params", b'"type": "text"', b'"type": "select"', "offers nothing to select"),
        ("useChoice.mappable-params", b'"name": "additionalBody"', b'"name": "additionalQuery"', "stands twice"),
        ("useChoice.mappable-params", b"rpc://optionsListBare", b"rpc://nothing", "which does not exist"),
        ("useChoice.interface", b'"label": "Success"', b'"label": ""', "'success' has no label"),
        ("useChoice.communication", b'"{{parameters.thing}}"', b'"{{parameters.thing"', "without the other"),
        ("useChoice.communication", b'"body"', b'"bodies"', "POST without a body"),
        ("useChoice.samples", b'"success"', b'"}}"', "without the other"),
    ],
)
def test_the_lint_complains(path: str, old: bytes, new: bytes, words: str) -> None:
    files = dict(emission("featured").files)
    whole = f"modules/useChoice/{path}.iml.json"
    assert old in files[whole], files[whole].decode()
    files[whole] = files[whole].replace(old, new)
    assert any(complaint.startswith(f"{whole}: ") and words in complaint for complaint in lint(files))


def test_the_lint_misses_files() -> None:
    files = dict(emission("featured").files)
    del files["modules/useChoice/useChoice.samples.iml.json"]
    files["modules/odd.txt"] = b""
    assert [complaint.rpartition(": ")[2] for complaint in lint(files)] == [
        "not named in makecomapp.json",
        "named in makecomapp.json, but missing",
    ]
    assert lint({"README.md": b""}) == ["makecomapp.json: missing"]


@pytest.mark.parametrize("plain_first", [True, False])
def test_what_operations_share_is_the_same_as_if_they_did_not(plain_first: bool) -> None:
    """A question that shows another input in one of them, and an object that has to be written anew."""
    mode = Field(name="mode", location="query", pointer="mode", choices=tuple(Choice(value=v, label=v) for v in "ab"))
    size = Field(name="size", location="query", pointer="size", when=(Condition(field="mode", values=("a",)),))
    parts = (Field(name="free", pointer="/free", type="any"), Field(name="at", pointer="/at"))
    body = Field(name="body", pointer="/body", type="object", fields=parts)
    other = replace(body, name="other", pointer="/other")

    def made(*fields: Field, name: str) -> Operation:
        more: dict[str, Any] = {"method": "POST", "path": f"/{name}", "media_type": "application/json"}
        return Operation(operation_id=name, resource="R", name=name, fields=fields, **more)

    operations = [made(mode, size, body, name="withMore"), made(mode, other, body, name="plain")]
    operations = operations[::-1] if plain_first else operations
    together = emit(Service(key="shared", title="S", operations=tuple(operations)), EmitOptions()).files
    for operation in operations:
        alone = emit(Service(key="shared", title="S", operations=(operation,)), EmitOptions()).files
        mine = {path: text for path, text in alone.items() if path.startswith(f"modules/{operation.operation_id}/")}
        assert mine and {path: together[path] for path in mine} == mine

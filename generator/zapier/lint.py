"""The checks that Zapier's server makes and its local validator does not, on the app as it stands in JSON.

Codes and meanings: https://docs.zapier.com/platform/publish/integration-checks-reference
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from specloom.generator.output.json_text import Json
from specloom.generator.zapier.fields.cleaning import is_function
from specloom.generator.zapier.text import same_words, title_case
from specloom.schemas.memo import cached, table

KINDS = ("triggers", "searches", "creates")
_SECRETS = frozenset(
    "api_key apikey access_token accesstoken auth_token authtoken client_secret clientsecret password x_api_key".split()
)
_LINK = re.compile(r"\[[^\[\]\n]+\]\(https?://[^\s()]+\)")
_CODE = re.compile(r"`[^`]*`")
_BROKEN = re.compile(r"https?://|\]\(")
_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w* \d{4}")
_ISO = partial(re.compile, r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?")
_DANGEROUS = re.compile(r":(?!\s|//)(?:(?<=javascript:)|(?<=vbscript:)|(?<=data:))", re.I)
_CONTAINERS = frozenset((dict, list))
_PYTHON: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "datetime": (str,), "file": (str,),
    "password": (str,),
}  # fmt: skip


class LintFinding(Struct, frozen=True):
    """`place` is the key of the trigger, search or create, with the field's key where it is about one."""

    code: str
    place: str
    message: str
    hint: str = ""


class _App(Struct, frozen=True):
    """The whole that a step is part of, and what of it was looked at: steps share fields of forms and parts of
    samples, so both are known by their identity."""

    definition: Json
    asked: dict[tuple[str, int], list[LintFinding]] = msgspec.field(default_factory=table)
    """What is wrong with the fields of a form, by the kind of its step."""
    told: dict[tuple[str, int], list[LintFinding]] = msgspec.field(default_factory=table)
    """What is wrong with one of them."""
    seen: set[int] = set()
    """Parts of samples that were asked whether they are functions."""
    dated: set[int] = set()
    """Parts of samples in which every date is as it should be."""


def check(definition: Json, *, sure: bool = True) -> list[LintFinding]:
    """Everything Zapier's server would object to; also what core would take for a function (X001). `sure`: also what
    no definition of ours can have."""
    app = _App(definition)
    found = [*_authentication(definition), *_whole(definition)]
    for kind in KINDS:
        for key, step in definition.get(kind, {}).items():
            for rule in (*_RULES, *_SURE) if sure else _RULES:
                found += rule(kind, f"{kind}.{key}", step, app)
    return found


def _hidden(step: Json) -> bool:
    return bool(step["display"].get("hidden"))


def _authentication(definition: Json) -> Iterator[LintFinding]:
    auth = definition.get("authentication")
    if not auth:
        return
    if not auth.get("connectionLabel"):
        yield LintFinding("D003", "authentication", "the connection has no label")
    for field in auth.get("fields", ()):
        yield from _texts(f"authentication.{field['key']}", field.get("label", ""), field.get("helpText", ""))
        for text in (field.get("default", ""), *(c["value"] for c in field.get("choices", ()))):
            if text.startswith("http://"):
                yield LintFinding("D007", f"authentication.{field['key']}", "an address without TLS")
    if auth["type"] == "custom":
        secret = next((f for f in auth["fields"] if f["key"] == "api_key"), None)
        if secret and not _LINK.search(secret.get("helpText", "")):
            yield LintFinding("D002", "authentication.api_key", "no link to where the key is found", "set externalDocs")


def _whole(definition: Json) -> Iterator[LintFinding]:
    hooks = [t for t in definition.get("triggers", {}).values() if t["operation"].get("type") == "hook"]
    others = sum(len(definition.get(kind, {})) for kind in KINDS) - len(hooks)
    if hooks and not others and not any("performSubscribe" in t["operation"] for t in hooks):
        yield LintFinding("D016", "triggers", "the app is nothing but a static webhook")
    for key, pair in definition.get("searchOrCreates", {}).items():
        if pair["search"] not in definition["searches"] or pair["create"] not in definition["creates"]:
            yield LintFinding("D015", f"searchOrCreates.{key}", "its search or create does not exist")


def _functions(kind: str, place: str, step: Json, app: _App) -> Iterator[LintFinding]:
    """Only samples hold objects of strangers."""
    todo = [step["operation"].get("sample")]
    while todo:
        part = todo.pop()
        if type(part) in _CONTAINERS and id(part) not in app.seen:
            app.seen.add(id(part))
            if is_function(part):
                yield LintFinding("X001", place, "zapier-platform-core would run this object of its sample as code")
            todo += part.values() if isinstance(part, dict) else part


def _inputs(kind: str, place: str, step: Json, app: _App) -> Iterator[LintFinding]:
    form = step["operation"].get("inputFields", ())
    same = (kind, id(form))
    told = app.asked.get(same)
    if told is None:
        told = [one for field in form if isinstance(field, dict) for one in _field(kind, field, app)]
        app.asked[same] = told
    for one in told:
        yield LintFinding(one.code, f"{place}.{one.place}", one.message, one.hint)


def _field(kind: str, field: Json, app: _App) -> list[LintFinding]:
    """What is wrong with one field of a form and its columns, wherever it stands."""
    same = (kind, id(field))
    told = app.told.get(same)
    if told is None:
        columns = (field, *field["children"]) if "children" in field else (field,)
        told = app.told[same] = [one for column in columns for one in _input(kind, column, app.definition)]
    return told


def _input(kind: str, field: Json, definition: Json) -> list[LintFinding]:
    key = field["key"]
    found = _texts(key, field.get("label", ""), field.get("helpText", ""))
    if kind != "triggers" and key.lower() in _SECRETS:
        found.append(LintFinding("D001", key, "a credential is asked for in a step", "declare it as a security scheme"))
    if kind == "creates" and _is_id(key) and not field.get("dynamic") and not field.get("choices"):
        hint = "x-specloom.options names a list to choose from"
        found.append(LintFinding("D004", key, "an ID without a dropdown", hint))
    return found + _linked(field, definition) if "dynamic" in field or "search" in field else found


def _linked(field: Json, definition: Json) -> list[LintFinding]:
    """What is wrong with a dropdown."""
    key, found = field["key"], []
    dynamic = field.get("dynamic", "").partition(".")[0]
    if dynamic and dynamic not in definition.get("triggers", {}):
        found.append(LintFinding("D005", key, f"the trigger {dynamic} of its dropdown does not exist"))
    search = field.get("search", "").partition(".")[0]
    if search and search not in definition.get("searches", {}):
        found.append(LintFinding("D013", key, f"the search {search} does not exist"))
    if search and not dynamic:
        found.append(LintFinding("D014", key, "a search without a dropdown"))
    return found


def _is_id(key: str) -> bool:
    """Whether a field is called one: `id`, `user_id`, `USER_ID`, `userId`."""
    return key == "id" or key.endswith(("_id", "_ID")) or key.endswith("Id") and "a" <= key[-3:-2] <= "z"


def _texts(place: str, name: str, help_: str) -> list[LintFinding]:
    return [LintFinding(code, place, message) for code, message in _faults(name, help_)]


@cached(32768)
def _faults(name: str, help_: str) -> tuple[tuple[str, str], ...]:
    """(code, message) of what is wrong with a label and its help; forms of one service repeat both."""
    found = []
    if help_ and same_words(name, help_):
        found.append(("D011", "the help says no more than the label"))
    bare = _LINK.sub(" ", _CODE.sub(" ", help_)) if "`" in help_ or "](" in help_ else help_
    if ("://" in bare or "](" in bare) and (broken := _BROKEN.search(bare)):
        around = bare[max(0, broken.start() - 20) : broken.end() + 20]
        found.append(("D008", f"a bare address or a broken Markdown link: {around}"))
    if ":" in bare and _DANGEROUS.search(bare) or ":" in name and _DANGEROUS.search(name):
        found.append(("D025", "a dangerous address"))
    return tuple(found)


def _shown(kind: str, place: str, step: Json, app: _App) -> Iterator[LintFinding]:
    if _hidden(step):
        return
    name, described = step["display"]["label"], step["display"]["description"]
    yield from _texts(place, name, described)
    if title_case(name) != name:
        yield LintFinding("D018", place, f"the label is not in title case: {title_case(name)}")
    if kind == "triggers" and not (described.startswith("Triggers when ") and described.endswith(".")):
        yield LintFinding("D021", place, "the description does not read 'Triggers when … .'")
    static = any(type(field) is dict for field in step["operation"].get("inputFields", ()))
    if kind == "searches" and not static:
        yield LintFinding("D009", place, "a search without a field")
    if kind == "creates" and not static:
        yield LintFinding("D022", place, "an action without a static field")


def _hooks(kind: str, place: str, step: Json, app: _App) -> Iterator[LintFinding]:
    operation = step["operation"]
    if kind != "triggers" or operation.get("type") != "hook":
        return
    if "performList" not in operation:
        yield LintFinding("D006", place, "a hook without a list of samples")
    if "performSubscribe" not in operation or "performUnsubscribe" not in operation:
        hint = "describe subscribing with `callbacks` and unsubscribing with a link"
        yield LintFinding("D017", place, "a static webhook, which the user must register by hand", hint)


def _sample(kind: str, place: str, step: Json, app: _App) -> Iterator[LintFinding]:
    operation = step["operation"]
    sample = operation.get("sample")
    if not sample:
        yield LintFinding("D012", place, "there is no sample")
        return
    if kind == "triggers" and operation.get("type") == "polling" and "id" not in sample:
        if not any(one.get("primary") for one in _outputs(step)):
            yield LintFinding("D010", place, "the sample has no id")
    for text in _odd_dates(sample, app.dated):
        yield LintFinding("D023", place, f"a date in the sample is not ISO 8601 with its zone: {text}")


def _outputs(step: Json) -> list[Json]:
    return [one for one in step["operation"].get("outputFields", ()) if isinstance(one, dict)]


def _odd_dates(value: Any, dated: set[int]) -> list[str]:
    found: list[str] = []
    for one in value.values() if isinstance(value, dict) else value:
        if type(one) is str:
            if one[:1].isdigit() and len(one) < 40 and _DATE.match(one) and not _ISO().fullmatch(one):
                found.append(one)
        elif type(one) in _CONTAINERS and id(one) not in dated:
            inner = _odd_dates(one, dated)
            if not inner:
                dated.add(id(one))
            found += inner
    return found


def _agreement(kind: str, place: str, step: Json, app: _App) -> Iterator[LintFinding]:
    for one in _outputs(step):
        values = _values(step["operation"].get("sample"), _path(one["key"]))
        if not values and one.get("required"):
            yield LintFinding("D024", place, f"the sample lacks {one['key']}")
        told = one.get("type", "string")
        if any(type(value) not in _PYTHON[told] for value in values):
            yield LintFinding("D024", place, f"{one['key']} of the sample is no {told}")


def _path(key: str) -> tuple[str, ...]:
    """`raw__tags[]name` to the steps that lead there."""
    return tuple(re.split(r"__|(?<=\])(?=.)|(?=\[\])", key) if "[" in key else key.split("__"))


def _values(value: Any, path: Sequence[str]) -> list[Any]:
    """What stands there: nothing, one, or each element of a list."""
    for index, name in enumerate(path):
        if name == "[]":
            rows = value if isinstance(value, list) else []
            return [found for row in rows for found in _values(row, path[index + 1 :])]
        if not isinstance(value, dict) or name not in value:
            return []
        value = value[name]
    return value if isinstance(value, list) else [value]


_Rule = Callable[[str, str, Json, _App], Iterator[LintFinding]]
_RULES: tuple[_Rule, ...] = (_inputs, _shown, _hooks, _sample)
_SURE: tuple[_Rule, ...] = (_functions, _agreement)
"""Samples are cleaned of functions, and output fields are told from them: tests look at this, builds do not."""

"""The checks that Zapier's server makes and its local validator does not, on the app as it stands in JSON.

Codes and meanings: https://docs.zapier.com/platform/publish/integration-checks-reference
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

from generator.zapier.cleaning import is_function
from generator.zapier.texts import same_words, title_case

Json = dict[str, Any]
KINDS = ("triggers", "searches", "creates")
_KEYISH = re.compile(r"^(api_?key|apikey|access_?token|auth_?token|client_?secret|password|x_api_key)$", re.I)
_ID = re.compile(r"(^id$|_id$|[a-z]Id$|_ID$)")
_LINK = re.compile(r"\[[^\[\]\n]+\]\(https?://[^\s()]+\)")
_CODE = re.compile(r"`[^`]*`")
_BROKEN = re.compile(r"https?://|\]\(")
_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w* \d{4}")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?")
# The colon first: it is rarer than the letters.
_DANGEROUS = re.compile(r":(?!\s|//)(?:(?<=javascript:)|(?<=vbscript:)|(?<=data:))", re.I)
_CONTAINERS = frozenset((dict, list))
_PYTHON: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "datetime": (str,), "file": (str,),
    "password": (str,),
}  # fmt: skip


class Finding(Struct, frozen=True):
    """`place` is the key of the trigger, search or create, with the field's key where it is about one."""

    code: str
    place: str
    message: str
    hint: str = ""


class _App(Struct, frozen=True):
    """The whole that a step is part of, and what of it was looked at: steps share fields of forms, parts of samples
    and the fields of these parts, so all are known by their identity."""

    definition: Json
    asked: dict[tuple[str, int], list[Finding]] = {}
    """What is wrong with a field of a form, by the kind of its step."""
    dated: set[int] = set()
    """Parts of samples in which every date is as it should be."""
    agreed: set[tuple[Any, ...]] = set()
    """Output fields that agree with a part of a sample; lists of them that agree with samples of the same parts."""


def check(definition: Json) -> list[Finding]:
    """Everything Zapier's server would object to; also what core would take for a function (X001)."""
    app = _App(definition)
    found = [*_authentication(definition), *_whole(definition), *_functions(definition)]
    for kind in KINDS:
        for key, step in definition.get(kind, {}).items():
            for rule in _RULES:
                found += rule(kind, f"{kind}.{key}", step, app)
    return found


def _hidden(step: Json) -> bool:
    return bool(step["display"].get("hidden"))


def _authentication(definition: Json) -> Iterator[Finding]:
    auth = definition.get("authentication")
    if not auth:
        return
    if not auth.get("connectionLabel"):
        yield Finding("D003", "authentication", "the connection has no label")
    for field in auth.get("fields", ()):
        yield from _texts(f"authentication.{field['key']}", field.get("label", ""), field.get("helpText", ""))
        for text in (field.get("default", ""), *(c["value"] for c in field.get("choices", ()))):
            if text.startswith("http://"):
                yield Finding("D007", f"authentication.{field['key']}", "an address without TLS")
    if auth["type"] == "custom":
        secret = next((f for f in auth["fields"] if f["key"] == "api_key"), None)
        if secret and not _LINK.search(secret.get("helpText", "")):
            yield Finding("D002", "authentication.api_key", "no link to where the key is found", "set externalDocs")


def _whole(definition: Json) -> Iterator[Finding]:
    hooks = [t for t in definition.get("triggers", {}).values() if t["operation"].get("type") == "hook"]
    others = sum(len(definition.get(kind, {})) for kind in KINDS) - len(hooks)
    if hooks and not others and not any("performSubscribe" in t["operation"] for t in hooks):
        yield Finding("D016", "triggers", "the app is nothing but a static webhook")
    for key, pair in definition.get("searchOrCreates", {}).items():
        if pair["search"] not in definition["searches"] or pair["create"] not in definition["creates"]:
            yield Finding("D015", f"searchOrCreates.{key}", "its search or create does not exist")


def _functions(definition: Json) -> Iterator[Finding]:
    """Steps share parts of samples, so each is looked at once; where it stands matters only if there is a finding."""
    seen: set[int] = set()
    todo: list[Any] = [definition]
    while todo:
        node = todo.pop()
        if len(node) < 3 and is_function(node):
            yield from _placed_functions(definition, ())
            return
        for one in _inside(node):
            if type(one) in _CONTAINERS and id(one) not in seen:
                seen.add(id(one))
                todo.append(one)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _placed_functions(value: Any, path: tuple[Any, ...]) -> Iterator[Finding]:
    if is_function(value):
        yield Finding("X001", ".".join(map(str, path)), "zapier-platform-core would run this as code")
    for key, one in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(one, (dict, list)):
            yield from _placed_functions(one, (*path, key))


def _inputs(kind: str, place: str, step: Json, app: _App) -> Iterator[Finding]:
    for field in step["operation"].get("inputFields", ()):
        if isinstance(field, dict):
            same = (kind, id(field))
            if same not in app.asked:
                columns = (field, *field.get("children", ()))
                app.asked[same] = [one for column in columns for one in _input(kind, column, app.definition)]
            for one in app.asked[same]:
                yield Finding(one.code, f"{place}.{one.place}", one.message, one.hint)


def _input(kind: str, field: Json, definition: Json) -> Iterator[Finding]:
    """What is wrong with one field of a form, wherever it stands."""
    key = field["key"]
    yield from _texts(key, field.get("label", ""), field.get("helpText", ""))
    dynamic = field.get("dynamic", "").partition(".")[0]
    if kind != "triggers" and _KEYISH.match(key):
        yield Finding("D001", key, "a credential is asked for in a step", "declare it as a security scheme")
    if kind == "creates" and _ID.search(key) and not dynamic and not field.get("choices"):
        yield Finding("D004", key, "an ID without a dropdown", "x-specloom.options names a list to choose from")
    if dynamic and dynamic not in definition.get("triggers", {}):
        yield Finding("D005", key, f"the trigger {dynamic} of its dropdown does not exist")
    search = field.get("search", "").partition(".")[0]
    if search and search not in definition.get("searches", {}):
        yield Finding("D013", key, f"the search {search} does not exist")
    if search and not dynamic:
        yield Finding("D014", key, "a search without a dropdown")


def _texts(place: str, name: str, help_: str) -> Iterator[Finding]:
    for code, message in _faults(name, help_):
        yield Finding(code, place, message)


@lru_cache(32768)
def _faults(name: str, help_: str) -> tuple[tuple[str, str], ...]:
    """(code, message) of what is wrong with a label and its help; forms of one service repeat both."""
    found = []
    if help_ and same_words(name, help_):
        found.append(("D011", "the help says no more than the label"))
    bare = _LINK.sub(" ", _CODE.sub(" ", help_)) if "`" in help_ or "](" in help_ else help_
    if ("://" in bare or "](" in bare) and (broken := _BROKEN.search(bare)):
        around = bare[max(0, broken.start() - 20) : broken.end() + 20]
        found.append(("D008", f"a bare address or a broken Markdown link: {around}"))
    if _DANGEROUS.search(bare) or _DANGEROUS.search(name):
        found.append(("D025", "a dangerous address"))
    return tuple(found)


def _shown(kind: str, place: str, step: Json, app: _App) -> Iterator[Finding]:
    if _hidden(step):
        return
    name, described = step["display"]["label"], step["display"]["description"]
    yield from _texts(place, name, described)
    if title_case(name) != name:
        yield Finding("D018", place, f"the label is not in title case: {title_case(name)}")
    if kind == "triggers" and not (described.startswith("Triggers when ") and described.endswith(".")):
        yield Finding("D021", place, "the description does not read 'Triggers when … .'")
    static = [f for f in step["operation"].get("inputFields", ()) if isinstance(f, dict)]
    if kind == "searches" and not static:
        yield Finding("D009", place, "a search without a field")
    if kind == "creates" and not static:
        yield Finding("D022", place, "an action without a static field")


def _hooks(kind: str, place: str, step: Json, app: _App) -> Iterator[Finding]:
    operation = step["operation"]
    if kind != "triggers" or operation.get("type") != "hook":
        return
    if "performList" not in operation:
        yield Finding("D006", place, "a hook without a list of samples")
    if "performSubscribe" not in operation or "performUnsubscribe" not in operation:
        hint = "describe subscribing with `callbacks` and unsubscribing with a link"
        yield Finding("D017", place, "a static webhook, which the user must register by hand", hint)


def _sample(kind: str, place: str, step: Json, app: _App) -> Iterator[Finding]:
    operation = step["operation"]
    sample = operation.get("sample")
    if not sample:
        yield Finding("D012", place, "there is no sample")
        return
    outputs = [one for one in operation.get("outputFields", ()) if isinstance(one, dict)]
    if kind == "triggers" and operation.get("type") == "polling" and "id" not in sample:
        if not any(one.get("primary") for one in outputs):
            yield Finding("D010", place, "the sample has no id")
    for text in _odd_dates(sample, app.dated):
        yield Finding("D023", place, f"a date in the sample is not ISO 8601 with its zone: {text}")
    kinds = (id(one) if type(one) in _CONTAINERS else type(one) for one in sample.values())
    alike = (id(operation.get("outputFields")), *sample, *kinds)
    if alike not in app.agreed:
        found = [finding for one in outputs for finding in _disagreement(place, one, sample, app.agreed)]
        yield from found
        if not found:
            app.agreed.add(alike)


def _odd_dates(value: Any, dated: set[int]) -> list[str]:
    if isinstance(value, str):
        odd = value[:1].isdigit() and len(value) < 40 and _DATE.match(value) and not _ISO.fullmatch(value)
        return [value] if odd else []
    if type(value) not in _CONTAINERS or id(value) in dated:
        return []
    found = [text for one in _inside(value) for text in _odd_dates(one, dated)]
    if not found:
        dated.add(id(value))
    return found


def _disagreement(place: str, output: Json, sample: Json, agreed: set[tuple[Any, ...]]) -> list[Finding]:
    path = _path(output["key"])
    pair = (id(output), id(sample.get(path[0])))
    if pair in agreed:
        return []
    values = _values(sample, path)
    if not values and output.get("required"):
        return [Finding("D024", place, f"the sample lacks {output['key']}")]
    kind = output.get("type", "string")
    wanted = _PYTHON[kind]
    wrong = [value for value in values if type(value) not in wanted]
    if not wrong:
        agreed.add(pair)
    return [Finding("D024", place, f"{output['key']} of the sample is no {kind}") for _ in wrong]


@lru_cache(32768)
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


_RULES: tuple[Callable[[str, str, Json, _App], Iterator[Finding]], ...] = (_inputs, _shown, _hooks, _sample)

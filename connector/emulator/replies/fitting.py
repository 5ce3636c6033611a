"""Makes a documented reply the reply to this request: its own ids and times, the request's words, real files."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from specloom.connector.emulator.replies.ids import is_time, like, time_like
from specloom.connector.emulator.replies.media import EXTENSIONS
from specloom.schemas.expressions import Exchange, Expression, evaluate, lookup
from specloom.schemas.http.values.input_rules import by_pointer
from specloom.schemas.model import Operation

_COUNT = re.compile(r"(n|num|count|batch|batch_?size|samples|num_?\w+|number_?of_?\w+|\w+_count)", re.IGNORECASE)
_FILE_NAME = re.compile(r"(.+?)(-\d+)?\.(\w{2,5})")
_ECHOES = {"parameters", "params", "input", "inputs", "request"}
_IDENTIFIERS = ("id", "item_id", "request_id")
_KEEP = {"url", "preview_url", "status", "success", "text", *_IDENTIFIERS}
MAX_ELEMENTS = 50


@dataclass(frozen=True, slots=True)
class EmulatedCall:
    """One accepted request. `body` is the decoded body as it was sent."""

    operation: Operation
    inputs: Mapping[str, Any]
    body: Any
    salt: str
    """Unique, so that the ids of its reply are."""
    at: float


def fitted(call: EmulatedCall, sample: Any, output: Operation | None = None) -> Any:
    """A copy of `sample` fitted to `call`. `output` is the operation whose reply this is, if it is another."""
    read = output or call.operation
    body = deepcopy(sample)
    _resize(call, read, body)
    # Who reads something gets the id that was asked for; who makes something gets a new one.
    kept = _KEEP if call.operation.writes else _KEEP - set(_IDENTIFIERS)
    fixed = {path[-1] for path in _references(read, kept) if path}
    body = _echoed(call, body, _by_wire_name(call), fixed)
    if call.operation.writes:
        _identify(call, read, body)
    return _dated(body, call.at) if call.operation.writes else body


def rename(value: Any, old: Any, new: Any) -> Any:
    """`old` replaced by `new` wherever it stands alone."""
    if isinstance(value, dict):
        return {name: rename(element, old, new) for name, element in value.items()}
    if isinstance(value, list):
        return [rename(element, old, new) for element in value]
    return new if value == old and type(value) is type(old) else value


def put_at(body: Any, path: tuple[str, ...], value: Any) -> bool:
    """Set an existing place; False where there is none."""
    holder = lookup(body, path[:-1]) if path else None
    if isinstance(holder, dict) and path[-1] in holder:
        holder[path[-1]] = value
        return True
    return False


def body_path(expression: Expression | None) -> tuple[str, ...] | None:
    """The path in the reply's body, where the expression is nothing else."""
    reference = expression.reference if expression else None
    return reference.path if reference and reference.root == "response.body" else None


# --- how many


def _resize(call: EmulatedCall, read: Operation, body: Any) -> None:
    """As many elements as the request asked for."""
    path, wanted = body_path(read.output.items), _wanted(call)
    if path is None or wanted is None or read.pagination:
        return
    elements = lookup(body, path)
    if isinstance(elements, list) and elements:
        elements[:] = [_numbered(elements[i % len(elements)], i) for i in range(max(1, min(MAX_ELEMENTS, wanted)))]


def _wanted(call: EmulatedCall) -> int | None:
    for item in call.operation.fields:
        if item.type == "integer" and call.operation.writes and _COUNT.fullmatch(item.name):
            value = call.inputs.get(item.name, item.default)
            return value if isinstance(value, int) and not isinstance(value, bool) else None
    return None


def _numbered(element: Any, index: int) -> Any:
    """A copy whose file names, bare links included, end with its number."""
    if isinstance(element, dict):
        return {name: _numbered(value, index) for name, value in element.items()}
    match = _FILE_NAME.fullmatch(element) if isinstance(element, str) else None
    if match and match.group(3).lower() in EXTENSIONS and (index or match.group(2)):
        return f"{match.group(1)}-{index + 1}.{match.group(3)}"
    return deepcopy(element)


# --- the request's words


def _by_wire_name(call: EmulatedCall) -> dict[str, Any]:
    """Scalars of the request, by the name they have on the wire, in one spelling."""
    found: dict[str, Any] = {}
    for item in call.operation.fields:
        if item.name in call.inputs and item.location in ("body", "query", "path"):
            value = call.inputs[item.name]
            tokens = by_pointer(item) if item.location == "body" else (item.pointer or item.name,)
            if tokens and isinstance(value, (str, int, float, bool)) and not item.secret:
                found[_spelling(tokens[-1])] = value
    return found


def _spelling(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _echoed(call: EmulatedCall, value: Any, given: Mapping[str, Any], fixed: set[str]) -> Any:
    if isinstance(value, list):
        return [_echoed(call, element, given, fixed) for element in value]
    if not isinstance(value, dict):
        return value
    result: dict[str, Any] = {}
    for name, old in value.items():
        new = given.get(_spelling(name))
        if name.lower() in _ECHOES and isinstance(old, dict) and isinstance(call.body, dict):
            result[name] = deepcopy(call.body)
        elif name not in fixed and new is not None and _same_kind(old, new):
            result[name] = new
        else:
            result[name] = _echoed(call, old, given, fixed)
    return result


def _same_kind(old: Any, new: Any) -> bool:
    if isinstance(old, bool) or isinstance(new, bool):
        return isinstance(old, bool) and isinstance(new, bool)
    if isinstance(old, str):
        return isinstance(new, str) and not old.startswith(("http://", "https://")) and not is_time(old)
    return isinstance(old, (int, float)) and isinstance(new, (int, float))


# --- ids and times


def _references(read: Operation, names: Any) -> Iterator[tuple[str, ...]]:
    for name in names:
        expression = read.output.mapping.get(name)
        for reference in expression.references if expression else ():
            if reference.root in ("response.body", "item"):
                yield reference.path


def _identify(call: EmulatedCall, read: Operation, body: Any) -> None:
    items_path = body_path(read.output.items)
    for name in _IDENTIFIERS:
        expression = read.output.mapping.get(name)
        reference = expression.reference if expression else None
        if reference is None:
            continue
        if reference.root == "response.body":
            _renew(body, reference.path, call.salt)
        elif reference.root == "item" and items_path is not None:
            elements = lookup(body, items_path)
            for index, element in enumerate(elements if isinstance(elements, list) else ()):
                _renew(element, reference.path, f"{call.salt}/{index}")


def _renew(body: Any, path: tuple[str, ...], salt: str) -> None:
    old = lookup(body, path)
    if isinstance(old, (str, int)) and not isinstance(old, bool):
        put_at(body, path, like(old, f"{salt}:{old}"))


def _dated(value: Any, at: float, name: str = "") -> Any:
    if isinstance(value, dict):
        skipped = {key for key in value if key.lower() in _ECHOES}
        return {key: element if key in skipped else _dated(element, at, key) for key, element in value.items()}
    if isinstance(value, list):
        return [_dated(element, at, name) for element in value]
    if is_time(value):
        return time_like(value, at + (7 * 86400 if "expir" in name.lower() else 0))
    return value


def seed_of(text: str) -> int:
    return zlib.crc32(text.encode())


def exchange_of(call: EmulatedCall, status: int, body: Any) -> Exchange:
    """What expressions see of a call and its reply."""
    fields = call.operation.fields
    path = {f.pointer or f.name: call.inputs.get(f.name) for f in fields if f.location == "path"}
    query = {f.pointer or f.name: call.inputs.get(f.name) for f in fields if f.location == "query"}
    return Exchange(
        status=status, body=body, request_body=call.body, path=path, query=query, method=call.operation.method
    )


def linked(parameters: Mapping[str, Any], exchange: Exchange, item: Any = None) -> dict[str, Any]:
    """A link's parameters by the follow-up operation's Field.name; those that cannot be told are left out."""
    found = {
        name: evaluate(value, exchange, item) if isinstance(value, Expression) else value
        for name, value in parameters.items()
    }
    return {name: value for name, value in found.items() if value is not None}

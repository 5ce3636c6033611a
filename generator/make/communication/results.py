"""What a step gives, in IML, computed from the vendor's reply (schemas/steps/output.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from specloom.generator.make import iml
from specloom.generator.make.communication import errors
from specloom.generator.make.communication.reply_types import reply_temp, reply_type
from specloom.generator.make.communication.requests import literal_path
from specloom.generator.make.fields.forms import form_names
from specloom.generator.make.iml.expressions import BODY, ImlScope, translate
from specloom.schemas.expressions import Exchange, Expression, evaluate
from specloom.schemas.model import URL_FIELDS, Job, Operation, Service
from specloom.schemas.steps.output import DETAILS

ReportPart = Callable[[str, iml.Inexpressible], None]

_ITEM_TEXTS = ("content_type", "file_name", "preview_url")
_ITEM_NUMBERS = ("file_size", "width", "height", "duration")
OWN = ("confirm", "waitForCompletion", "additionalBody", "additionalQuery")
"""Inputs a step has beside the document's own."""
RUNNING = "temp.status = 'queued' || temp.status = 'running'"


class Meaning(Struct, frozen=True, kw_only=True):
    """Whose reply is read, where it stands, and what tells the state (`job` is that of the starting operation)."""

    service: Service
    operation: Operation
    base: str
    """IML expression of the base URL."""
    report: ReportPart
    scope: ImlScope = BODY
    job: Job | None = None
    target: Operation | None = None
    """The operation that `output.download` leads to."""
    more: bool = False
    """The reply says more than the result's fields."""

    @property
    def may_fail(self) -> bool:
        """A read may find that the work has failed: then the reading worked, but the result is a failure."""
        return self.job is not None and self.operation.job is None and "status" in self.operation.output.mapping

    def mapped(self, key: str) -> str:
        """The expression of one result field; '' where the document has none or IML cannot say it."""
        expression = self.operation.output.mapping.get(key)
        return self.said(key, expression) if expression is not None else ""

    def said(self, key: str, expression: Expression) -> str:
        try:
            return translate(expression, self.scope)
        except iml.Inexpressible as error:
            self.report(key, error)
            return ""


def state(meaning: Meaning) -> str:
    """queued, running, succeeded, failed or canceled: an expression over the reply, or the text where it is known."""
    told = meaning.operation.output.mapping.get("status")
    job = meaning.job
    source = job.status if job and meaning.operation.job else told
    if job is None or source is None:
        return "succeeded"
    value = meaning.said("status", source)
    if not value:
        return "succeeded"
    pairs = [
        f"{iml.quote(each)}, {iml.quote(name)}"
        for name in ("succeeded", "failed", "canceled", "queued")
        for each in getattr(job, name)
    ]
    return iml.wrap(f"switch({value}, {', '.join(pairs)}, 'running')")


def response(meaning: Meaning, *, state_known: bool = False) -> dict[str, Any]:
    """`response` of the request whose reply is the result. With `state_known` `temp.status` already holds the
    state, otherwise it is taken from this reply."""
    output = meaning.operation.output
    temp: dict[str, Any] = {} if state_known else {"status": state(meaning), **reply_temp(meaning.operation)}
    written: dict[str, Any] = {"temp": temp, **({} if state_known else reply_type(meaning.operation))}
    told = meaning.mapped("success")
    checks = [f"{told} != false"] if told else []
    checks += _still_well(meaning) if meaning.may_fail else []
    if checks and not state_known:
        written["valid"] = {
            "condition": iml.wrap(iml.both(*checks)),
            "message": iml.wrap(errors.message(meaning.service, meaning.scope, meaning.operation, meaning.job)),
            "type": "ConnectionError" if told else errors.MAKE_TYPES["outcome_unknown"],
        }
    if output.binary:
        return {**written, **_binary(meaning)}
    if output.type == "none":
        written["output"] = _record(meaning)
        return written
    items = _items(meaning, temp)
    if items is None:
        written["output"] = _result(meaning)
        return written
    written.update(items)
    written["wrapper"] = _result(meaning, listed=True)
    return written


def _still_well(meaning: Meaning) -> list[str]:
    """What holds while the work that a read tells of has not failed."""
    told = meaning.mapped("status")
    job = meaning.job
    bad = (*job.failed, *job.canceled) if job else ()
    return [f"{told} != {iml.literal(state)}" for state in bad] if told else []


def _record(meaning: Meaning) -> Any:
    """The reply as it is; without one, that the call has worked."""
    output, body = meaning.operation.output, iml.wrap(meaning.scope.body)
    if (
        not output.fields
        and output.sample is None
        and not any(r.ok and r.media_type for r in meaning.operation.responses)
    ):
        return {"success": True}
    if output.repeated:
        return {"items": body}
    scalar = len(output.fields) == 1 and not output.fields[0].pointer and output.fields[0].type != "object"
    return {"value": body} if scalar or meaning.operation.accept.startswith("text/") else body


def _items(meaning: Meaning, temp: dict[str, Any]) -> dict[str, Any] | None:
    """`iterate` and `output`: one normalized item for each element that holds something."""
    output = meaning.operation.output
    content = meaning.mapped("text") if output.type == "text" else address(meaning)
    if not content:
        return None
    if output.items is None:
        temp["list"] = [{"only": True}]  # Make iterates lists; what stands once is a list of one
        container = "temp.list"
    else:
        found = meaning.said("items", output.items)
        if not found:
            return None
        temp["none"] = []
        container = f"ifempty({found}, temp.none)"
    item: dict[str, Any] = {"type": output.type}
    item["text" if output.type == "text" else "url"] = iml.wrap(content)
    for key in ("item_id", *_ITEM_TEXTS, *_ITEM_NUMBERS) if output.type != "text" else ():
        value = meaning.mapped(key)
        if value:
            item["id" if key == "item_id" else key] = iml.wrap(_as_text(value) if key == "item_id" else value)
    condition = f"temp.status = 'succeeded' && ifempty({content}, '') != ''"
    return {"iterate": {"container": iml.wrap(container), "condition": iml.wrap(condition)}, "output": item}


def _as_text(value: str) -> str:
    return f"if(ifempty({value}, '') != '', toString({value}), {iml.UNDEFINED})"


def address(meaning: Meaning) -> str:
    """The element's URL: as the reply has it, or else that of the operation which returns the bytes."""
    own = meaning.mapped("url")
    if own and _is_relative(meaning.operation):
        own = f"if(indexOf({own}, '/') = 0, {_origin(meaning.base)} + {own}, {own})"
    download = _download(meaning)
    if own and download:
        return f"ifempty({own}, {download})"
    return own or download


def _is_relative(operation: Operation) -> bool:
    """Whether the documented reply shows addresses without a host."""
    output = operation.output
    rule = output.mapping.get("url")
    exchange = Exchange(status=200, body=output.sample)
    listed = evaluate(output.items, exchange) if output.items else None
    first = listed[0] if isinstance(listed, list) and listed else None
    value = evaluate(rule, exchange, first) if rule else None
    return isinstance(value, str) and value.startswith("/") and not value.startswith("//")


def _origin(base: str) -> str:
    return f"join(slice(split({base}, '/'), 0, 3), '/')"


def _download(meaning: Meaning) -> str:
    link = meaning.operation.output.download
    target = meaning.target
    if link is None or target is None:
        return ""
    parts = [meaning.base]
    rest, given = target.path, []
    fields = {field.pointer: field for field in target.fields if field.location == "path"}
    try:
        while rest:
            before, brace, rest = rest.partition("{")
            parts.append(iml.quote(literal_path(before)))
            if not brace:
                break
            name, _, rest = rest.partition("}")
            value = link.parameters.get(fields[name].name)
            if not isinstance(value, Expression):
                return ""
            source = translate(value, meaning.scope)
            parts.append(f"encodeURL(ifempty({source}, ''))")
            given.append(f"ifempty({source}, '') != ''")
    except (iml.Inexpressible, KeyError) as error:
        meaning.report("download", iml.Inexpressible(str(error)))
        return ""
    whole = " + ".join(parts)
    return f"if({iml.both(*given)}, {whole}, {iml.UNDEFINED})" if given else whole


def _result(meaning: Meaning, *, listed: bool = False) -> dict[str, Any]:
    """What was made, the flat field first; absent parts are left out by Make."""
    output = meaning.operation.output
    result: dict[str, Any] = {}
    if listed:
        key, part = ("text", "text") if output.type == "text" else (URL_FIELDS[output.type], "url")
        result[key] = iml.wrap(f"output[1].{part}")
    identity = meaning.mapped("id")
    if identity or (listed and "item_id" in output.mapping):
        own = _as_text(identity) if identity else ""
        first = "output[1].id" if listed and "item_id" in output.mapping else ""
        result["id"] = iml.wrap(f"ifempty({own}, {first})" if own and first else own or first)
    result["status"] = iml.wrap("temp.status")
    for name in DETAILS if listed and output.type != "text" else ():
        if name in output.mapping:
            result[name] = iml.wrap(f"output[1].{name}")
    if listed and output.items is not None:
        result["items"] = iml.wrap(f"if(length(output) > 1, output, {iml.UNDEFINED})")
    usage = _usage(meaning)
    if usage:
        result["usage"] = usage
    if expires := meaning.mapped("expires_at"):
        result["expires_at"] = iml.wrap(expires)
    if meaning.more:
        result["raw"] = iml.wrap(meaning.scope.body)
    return result


def _usage(meaning: Meaning) -> dict[str, Any]:
    usage = meaning.operation.usage
    if usage is None:
        return {}
    written = _numbers(meaning, {"cost": usage.cost, "remaining": usage.remaining})
    if written and usage.unit and iml.is_constant(usage.unit):
        written["unit"] = usage.unit
    return written


def _numbers(meaning: Meaning, rules: dict[str, Any]) -> dict[str, Any]:
    """Numbers of the reply, also where they came as texts: headers do."""
    written: dict[str, Any] = {}
    for key, rule in rules.items():
        if isinstance(rule, Expression):
            value = meaning.said(key, rule)
            if value and rule.uses("response.header"):
                value = f"if({value}, parseNumber(ifempty({value}, '0')), {iml.UNDEFINED})"
            if value:
                written[key] = iml.wrap(value)
        elif rule is not None:
            written[key] = rule
    return written


def _binary(meaning: Meaning) -> dict[str, Any]:
    """The reply is a file: Make's buffer with its name, ready for the file input of another module."""
    name = meaning.mapped("file_name") or _sent_name(_file_name(meaning.operation))
    result = {
        "status": "{{temp.status}}", "content_type": "{{headers.`content-type`}}", "file_name": iml.wrap(name),
        "data": iml.wrap(meaning.scope.body),
    }  # fmt: skip
    return {"type": {"*": "binary", "400-599": "automatic"}, "output": result}


_DISPOSITION = "ifempty(headers.`content-disposition`, '')"
_EXTENDED_NAME = "/^.*filename[*]=[^']*'[^']*'([^;]*).*$/i"
_PLAIN_NAME = '/^.*filename=(?:"([^"]*)"|([^;]*)).*$/i'


def _sent_name(otherwise: str) -> str:
    """The name that the reply tells, `filename*` before `filename` (RFC 6266), or else `otherwise`."""
    plain = f"replace({_DISPOSITION}, {iml.quote(_PLAIN_NAME)}, '$1$2')"
    plain = f"if(contains({_DISPOSITION}, 'filename='), {plain}, {otherwise})"
    extended = f"decodeURL(replace({_DISPOSITION}, {iml.quote(_EXTENDED_NAME)}, '$1'))"
    return f"if(contains({_DISPOSITION}, 'filename*='), {extended}, {plain})"


def _file_name(operation: Operation) -> str:
    """A name of a file that is part of its address, or one made from the operation."""
    names = form_names(operation.fields, OWN)
    segments = [field for field in operation.fields if field.location == "path"]
    if segments:
        return f"parameters.{names[segments[-1].name]}"
    extension = {"image": ".png", "audio": ".mp3", "video": ".mp4", "model3d": ".glb", "text": ".txt"}
    return iml.quote(f"file{extension.get(operation.output.type, '')}")

"""Samples and output fields: what a step returns, told from the document's own examples."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.zapier.inputs import Json
from generator.zapier.texts import label, split_curlies
from schemas.expressions import Exchange
from schemas.model import URL_FIELDS, Field, Operation, Service
from schemas.normalize import normalize

LABELS = {
    "image_url": "Image URL", "audio_url": "Audio URL", "video_url": "Video URL", "model_url": "Model URL",
    "file_url": "File URL", "text": "Text", "file": "File", "id": "ID", "status": "Status", "success": "Success",
    "type": "Type", "items": "Items", "request_id": "Request ID", "job_id": "Job ID", "service": "Service",
    "operation": "Operation", "expires_at": "Expires At", "file_name": "File Name", "content_type": "Content Type",
    "usage": "Usage", "rate_limit": "Rate Limit", "raw": "Raw", "url": "URL", "preview_url": "Preview URL",
}  # fmt: skip
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d))?")
_ODD_KEY = re.compile(r"^$|__|[.\[\]\s]")
MAX_FIELDS = 100


def step_sample(service: Service, operation: Operation) -> Json:
    """What the step returns when it succeeds, as far as the document shows it."""
    result = _documented(service, operation)
    items = [_with_file(item) for item in result.get("items", [])]
    first = items[0] if items else {}
    ordered: Json = {name: result[name] for name in (*URL_FIELDS.values(), "text") if name in result}
    if file := first.get("file"):
        ordered["file"] = file
    if operation.output.binary:
        ordered |= _binary(operation)
        items = []
    ordered |= {name: result.get(name) for name in ("id", "status")}
    if items:
        ordered["items"] = items
    # What people map stands first, what tells the call apart last.
    last = {name: result.get(name) for name in ("success", "type", "service", "operation", "raw")}
    rest = {k: v for k, v in result.items() if k not in ordered and k not in last and k != "items"}
    found: Json = harmless(_present({**ordered, **rest, **last}))
    return found


def _documented(service: Service, operation: Operation) -> Json:
    """The normalized result of the first documented reply that tells a success."""
    job = operation.job
    answering = service.operation(job.poll.operation_id) if job else operation
    answering = answering or operation
    inputs = answering.request_examples[0].value if answering.request_examples else {}
    path = {f.pointer or f.name: inputs.get(f.name) for f in answering.fields if f.location == "path"}
    base_url = service.base_url or "https://api.example.com"
    results = []
    for status, body, headers in replies(answering):
        exchange = Exchange(status, body, headers, path=path, url=base_url, method=answering.method)
        results.append(normalize(service, operation, exchange, base_url=base_url))
    good = [r for r in results if r["status"] == "succeeded"]
    return (good or results)[0]


def replies(operation: Operation) -> Iterator[tuple[int, Any, dict[str, str]]]:
    """(status, body, headers) of the documented successes; the made-up sample last, so there is always one."""
    status = 200
    for response in operation.responses:
        if not response.ok:
            continue
        status = int(response.status) if response.status.isdigit() else 200
        headers = {h.name: str(h.example) for h in response.headers if h.example is not None}
        for example in response.examples:
            yield status, example.value, headers
    yield status, operation.output.sample, {}


def _with_file(item: Json) -> Json:
    return {**item, "file": item["url"]} if item.get("url") else item


def _binary(operation: Operation) -> Json:
    """A reply that is a file: only its name can be shown."""
    example = operation.request_examples[0].value if operation.request_examples else {}
    names = [v for v in example.values() if isinstance(v, str) and re.fullmatch(r"[\w.-]+\.\w{2,5}", v)]
    name = names[0] if names else "file"
    accept = operation.accept if "*" not in operation.accept else "application/octet-stream"
    return {"file": f"https://cdn.example.com/{name}", "file_name": name, "content_type": accept.split(",")[0]}


def element_sample(element: Any, dedupe: str = "id") -> Json:
    """An element of a list, as searches and triggers return it."""
    if not isinstance(element, Mapping):
        return {"id": str(element), "value": element}
    given = {**element, "id": element.get(dedupe) or element.get("id") or "1"}
    if is_result(element):
        items = [_with_file(item) for item in element["items"]]
        files = [item["file"] for item in items if "file" in item][:1]
        given |= {"items": items, **({"file": files[0]} if files else {})}
    found = _present(given)
    return harmless(found) or {"id": found["id"]}


def is_result(payload: Mapping[str, Any]) -> bool:
    """Whether an event carries the normalized result, as a gateway's do."""
    items = payload.get("items")
    told = isinstance(payload.get("success"), bool) and isinstance(payload.get("status"), str)
    return told and isinstance(items, list) and all(isinstance(item, Mapping) for item in items)


def like_sample(service: Service, other: Operation, element: Any, dedupe: str) -> Json:
    """An element of a list told as the result of `other`, which reads one such element."""
    result = normalize(service, other, Exchange(200, element), base_url=service.base_url)
    result["items"] = [_with_file(item) for item in result["items"]]
    result.pop("rate_limit", None)
    named = {name: result[name] for name in URL_FIELDS.values() if name in result}
    if result["items"] and "file" in result["items"][0]:
        named["file"] = result["items"][0]["file"]
    rest = {k: v for k, v in result.items() if k not in named and k != "raw"}
    given = element.get(dedupe) if isinstance(element, Mapping) else None
    found: Json = harmless(_present({**named, **rest, "raw": result["raw"], "id": given or result["id"] or "1"}))
    return found


def _present(value: Any) -> Any:
    """Without what is null: a sample shows what can be mapped."""
    if isinstance(value, Mapping):
        inner = {str(k): _present(v) for k, v in value.items() if v is not None}
        return {k: v for k, v in inner.items() if v != {} and v != []}
    if isinstance(value, (list, tuple)):
        return [_present(v) for v in value if v is not None]
    return value


def harmless(value: Any) -> Any:
    """Without Zapier's expressions, and without the objects that zapier-platform-core takes for functions: one or
    two keys, of which `source` holds the word 'return' or `require` is a text."""
    if isinstance(value, Mapping):
        # JavaScript's copies lose `__proto__`, at best.
        kept = {split_curlies(k): harmless(v) for k, v in value.items() if k != "__proto__"}
        inner = {k: v for k, v in kept.items() if not is_function(v)}
        return {} if is_function(inner) else inner
    if isinstance(value, list):
        return [one for one in map(harmless, value) if not is_function(one)]
    return split_curlies(value) if isinstance(value, str) else value


def is_function(value: Any) -> bool:
    """Whether core would turn this object into a function."""
    if not isinstance(value, Mapping) or len(value) not in (1, 2):
        return False
    source, require = value.get("source"), value.get("require")
    return (isinstance(source, str) and "return" in source) or (isinstance(require, str) and bool(require))


def output_fields(sample: Json, fields: Sequence[Field], primary: str = "") -> list[Json]:
    """Zapier's outputFields of a sample, labelled by the document's titles where they stand below `raw`."""
    raw_only = sample.get("type") == "none"
    found: list[Json] = []
    for key, value in sample.items():
        if _ODD_KEY.search(key):
            continue
        if key == "raw":
            found += _walk(value, "raw", "" if raw_only else "Raw", fields)
        elif "raw" in sample or key in ("id", "value"):
            found += _walk(value, key, LABELS.get(key, _human(key)), ())
        else:
            one = _field_of(fields, key)
            found += _walk(value, key, _title(one, key), one.fields if one else (), one)
    media = {"image": "Image", "audio": "Audio", "video": "Video", "model3d": "Model"}.get(str(sample.get("type")))
    for field in found:
        if field["type"] == "file" and media:
            field["label"] = field["label"].replace("File", f"{media} File")
        if field["key"] == primary:
            field["primary"] = True
    return found[:MAX_FIELDS]


def _walk(value: Any, key: str, name: str, fields: Sequence[Field], of: Field | None = None) -> Iterator[Json]:
    if isinstance(value, Mapping):
        for inner, one in value.items():
            if _ODD_KEY.search(inner):
                continue
            field = _field_of(fields, inner)
            title = _title(field, inner)
            shown = f"{name} {title}".strip()
            yield from _walk(one, f"{key}__{inner}", shown, field.fields if field else (), field)
    elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        for inner in dict.fromkeys(name for one in value for name in one):
            field = _field_of(fields, inner)
            found = _common([one[inner] for one in value if inner in one])
            if found is not None and not _ODD_KEY.search(inner):
                yield _one(f"{key}[]{inner}", f"{name} {_title(field, inner)}", found, field)
    elif isinstance(value, list):
        found = _common(value)
        if found is not None:
            yield {**_one(key, name, found, of), "list": True}
    else:
        yield _one(key, name, value, of)


def _common(values: Sequence[Any]) -> Any:
    """One of the values that stands for the type of all; None where they differ, or are no plain values."""
    kinds = {type(value) for value in values}
    if kinds <= {int, float}:
        return next((value for value in values if isinstance(value, float)), values[0]) if values else None
    return values[0] if len(kinds) == 1 and kinds <= {str, bool} else None


def _one(key: str, name: str, value: Any, field: Field | None) -> Json:
    return {"key": key, "label": label(name, key, 100), "type": _type(key, value, field)}


def _type(key: str, value: Any, field: Field | None) -> str:
    if key == "file" or key == "items[]file":
        return "file"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) and (field is None or field.type == "integer"):
        return "integer"
    if isinstance(value, (int, float)):
        return "number"
    dated = field is not None and field.format in ("date-time", "date") or key == "expires_at"
    return "datetime" if dated and isinstance(value, str) and _ISO_DATE.fullmatch(value) else "string"


def _field_of(fields: Sequence[Field], key: str) -> Field | None:
    return next((f for f in fields if f.name == key or f.pointer == f"/{key}"), None)


def _title(field: Field | None, key: str) -> str:
    return (field.title if field else "") or LABELS.get(key) or _human(key)


def _human(key: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", key).replace("_", " ").replace("-", " ").split()
    return " ".join(
        "ID" if w.lower() == "id" else "URL" if w.lower() == "url" else w[:1].upper() + w[1:] for w in words
    )

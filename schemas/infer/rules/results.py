"""What a step is for: the image, audio, video, model, text or file in its reply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from specloom.schemas.infer.api import Api, body, item, says
from specloom.schemas.infer.proposal import Proposal, ProposedChange
from specloom.schemas.infer.replies import Path
from specloom.schemas.infer.words import MAKES, MEDIA_LISTS, MEDIA_URLS, MEDIA_WORDS, TEXTS, TURNS, bare
from specloom.schemas.model import Field, Operation

_URLS = frozenset("url uri link src href downloadurl fileurl".split())
_LISTS = frozenset("data output outputs results result artifacts assets files urls".split())
_PLAIN = _URLS | _LISTS
_KIND_OF_URL = {name: kind for kind, names in MEDIA_URLS.items() for name in names}
_KIND_OF_LIST = {name: kind for kind, names in MEDIA_LISTS.items() for name in names}
_MEDIA = frozenset((*_KIND_OF_URL, *_KIND_OF_LIST))
_TEXTS = TEXTS | {"text"}
_TELLING = _PLAIN | _MEDIA | _TEXTS | {"choices"}
"""A reply without any of these names is not looked at again."""
_PARTS = {
    "content_type": ("contenttype", "mimetype", "mediatype"),
    "file_name": ("filename",),
    "file_size": ("filesize", "sizebytes", "bytes"),
    "width": ("width",),
    "height": ("height",),
    "duration": ("duration", "durationseconds"),
    "preview_url": ("previewurl", "thumbnailurl", "posterurl"),
}
_MEDIA_TYPES = {"image/": "image", "audio/": "audio", "video/": "video", "model/": "model3d"}


def results(api: Api, polls: Mapping[str, str]) -> Iterator[Proposal]:
    """`polls`: operationId of each certain job to that of its poll, whose reply holds the result."""
    asked = frozenset(polls.values())
    for operation, block in api.open_operations:
        if "result" in block or (operation.output.type != "none" and not operation.output.binary):
            continue
        found: ResultCandidate | None = None
        if operation.output.binary:
            found = _binary(operation)
        elif operation.writes or operation.operation_id in asked:
            found = _in_reply(api, operation, polls)
        if found:
            result, confidence, reason = found
            yield Proposal(
                kind="result",
                operation_id=operation.operation_id,
                reason=reason,
                confidence=confidence,
                changes=(ProposedChange(operation.pointer, {"x-specloom": {"result": result}}),),
            )


ResultCandidate = tuple[dict[str, Any], float, str]


def _binary(operation: Operation) -> ResultCandidate | None:
    kind = next((kind for start, kind in _MEDIA_TYPES.items() if operation.accept.startswith(start)), "")
    return ({"type": kind}, 0.99, f"it answers {operation.accept}") if kind else None


def _in_reply(api: Api, operation: Operation, polls: Mapping[str, str]) -> ResultCandidate | None:
    poll = api.service.operation(polls.get(operation.operation_id, ""))
    holder = poll or operation
    if holder.output.repeated or not api.replies.has(holder, 3, _TELLING):
        return None
    makes = bool(
        says(operation, MAKES)
        or (poll is not None and says(poll, MAKES))
        or TURNS.search(f"{operation.operation_id} {operation.path} {operation.summary}")
    )
    if not operation.writes and not makes:
        return None
    found = (
        _media(api, holder, makes)
        or _chat(holder)
        or _text(api, holder, makes)
        or (_made(api, operation, holder) if makes else None)
    )
    if found is None:
        return None
    result, confidence, reason = found
    return (
        {**result, **_whole(holder)},
        confidence,
        f"{reason} in the reply of {holder.operation_id}" if poll else reason,
    )


def _media(api: Api, operation: Operation, makes: bool) -> ResultCandidate | None:
    for path, field in api.replies.named(operation, 3, _MEDIA):
        name = bare(path[-1])
        kind = _KIND_OF_URL.get(name)
        if kind and field.type in ("string", "any"):
            mapping = {"url": body(path), **_beside(operation, path, body)}
            return {"type": kind, **mapping}, 0.92 if makes else 0.6, f"{'.'.join(path)!r} names {_a(kind)}"
        kind = _KIND_OF_LIST.get(name)
        if kind and field.repeated and (found := _listed(kind, path, field)):
            return found, 0.92 if makes else 0.6, f"{'.'.join(path)!r} lists {_a(kind)}"
    return None


def _made(api: Api, operation: Operation, holder: Operation) -> ResultCandidate | None:
    """A plain URL, of what the operation's own words say it makes."""
    kinds = [kind for kind, known in MEDIA_WORDS.items() if says(operation, known)]
    kind = kinds[0] if len(kinds) == 1 else ""
    for path, field in api.replies.named(holder, 2, _PLAIN):
        if kind and field.repeated and bare(path[-1]) in _LISTS and (found := _listed(kind, path, field)):
            return found, 0.91, f"it makes {_a(kind)}, and {'.'.join(path)!r} lists URLs"
        if bare(path[-1]) in _URLS and field.type == "string" and not field.repeated:
            mapping = {"url": body(path), **_beside(holder, path, body)}
            reason = f"{'.'.join(path)!r} is the URL of what it makes"
            return {"type": kind or "file", **mapping}, 0.9 if kind else 0.75, reason
    return None


def _chat(operation: Operation) -> ResultCandidate | None:
    """The reply that language models have in common: choices with a message, or with a text."""
    choices = next((f for f in operation.output.fields if f.name == "choices" and f.repeated), None)
    if choices is None:
        return None
    names = {f.name: f for f in choices.fields}
    message = names.get("message")
    path: Path = ("message", "content") if message and any(f.name == "content" for f in message.fields) else ()
    path = path or (("text",) if "text" in names else ())
    result = {"type": "text", "items": "$response.body#/choices", "text": item(path)}
    return (result, 0.95, "its reply has 'choices' as language models give them") if path else None


def _a(kind: str) -> str:
    return {"image": "an image", "audio": "audio", "model3d": "a 3D model"}.get(kind, f"a {kind}")


def _listed(kind: str, path: Path, field: Field) -> dict[str, Any] | None:
    if field.type == "string":
        return {"type": kind, "items": body(path), "url": item(())}
    own = MEDIA_URLS[kind] | _URLS
    inner = next((f for f in field.fields if bare(f.name) in own and f.type == "string" and not f.repeated), None)
    if inner is None:
        return None
    parts = {key: item((name,)) for key, name in _named(field.fields).items()}
    identity = next((f.name for f in field.fields if f.name == "id" and f.type in ("string", "integer")), "")
    more = {"item_id": item((identity,))} if identity else {}
    return {"type": kind, "items": body(path), "url": item((_key(inner),)), **parts, **more}


def _beside(operation: Operation, path: Path, say: Any) -> dict[str, str]:
    fields = operation.output.fields
    for token in path[:-1]:
        inner = next((f for f in fields if _key(f) == token), None)
        fields = inner.fields if inner else ()
    return {key: say((*path[:-1], name)) for key, name in _named(fields).items()}


def _named(fields: tuple[Field, ...]) -> dict[str, str]:
    known = {bare(f.name): _key(f) for f in fields if not f.fields and not f.repeated}
    return {key: known[name] for key, names in _PARTS.items() for name in names if name in known}


def _key(field: Field) -> str:
    return field.pointer.removeprefix("/").replace("~1", "/").replace("~0", "~")


def _text(api: Api, operation: Operation, makes: bool) -> ResultCandidate | None:
    for path, field in api.replies.named(operation, 2, _TEXTS):
        if field.type != "string" or field.repeated:
            continue
        if makes or bare(path[-1]) != "text":
            return (
                {"type": "text", "text": body(path)},
                0.91 if makes else 0.6,
                f"{'.'.join(path)!r} is the text it gives",
            )
    return None


def _whole(operation: Operation) -> dict[str, str]:
    """The reply's own id and request id."""
    known = {
        bare(f.name): _key(f) for f in operation.output.fields if f.type in ("string", "integer") and not f.repeated
    }
    identity = next((known[name] for name in ("id", "uuid", "taskid", "jobid") if name in known), "")
    request = known.get("requestid", "")
    expires = next((known[name] for name in ("expiresat", "expirationdate") if name in known), "")
    found = {"id": identity, "request_id": request, "expires_at": expires}
    return {key: body((name,)) for key, name in found.items() if name}

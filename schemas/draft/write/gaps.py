"""What no source says, as questions to the vendor: what a connector needs and a draft may not invent."""

from __future__ import annotations

from collections.abc import Iterator

from specloom.schemas.draft.assembly import Assembled
from specloom.schemas.draft.facts import Note, Operation
from specloom.schemas.draft.write.names import summary_of

MAX_QUESTIONS = 200


def questions(found: Assembled) -> list[Note]:
    """Those of the calls without a path first, in their order."""
    return [*(_path(operation) for operation in found.gaps), *_service(found), *_operations(found)][:MAX_QUESTIONS]


def _path(operation: Operation) -> Note:
    about = summary_of(operation) or operation.path or "this call"
    if operation.path:
        return Note("gap", f"What is the method of {operation.path}?", tuple(operation.cites[:1]))
    missing = "path" if operation.method else "method and path"
    return Note("gap", f"What is the {missing} of {about!r}?", tuple(operation.cites[:1]))


def _service(found: Assembled) -> Iterator[Note]:
    if found.server is None:
        yield Note("gap", "What is the base URL?")
    elif found.server.kind == "placeholder":
        yield Note("gap", f"What is the base URL? The examples say {found.server.text}.", (found.server.cite,))
    if found.operations and not found.facts.credentials:
        yield Note("gap", "How does a call show who calls? No source tells of a key.")
    for signature in found.facts.signatures[:1]:
        merged = [getattr(signature, name) for signature in found.facts.signatures for name in ("encoding",)]
        if not any(merged):
            yield Note(
                "gap", "Is the webhook signature hex or base64, and how old may its timestamp be?", (signature.cite,)
            )


def _operations(found: Assembled) -> Iterator[Note]:
    polls = {id(flow.poll) for flow in found.flows}
    fetches = {id(flow.fetch) for flow in found.flows if flow.fetch is not None}
    for operation in found.operations:
        name, cites = f"{operation.method} {operation.path}", tuple(operation.cites[:1])
        replies = [*operation.replies, *(reply for request in operation.requests for reply in request.replies)]
        shown = any(reply.sample or reply.fields or reply.media or reply.status.startswith("2") for reply in replies)
        if not shown and id(operation) in polls:
            yield Note("gap", f"What does {name} return while it works, and which word says that it is done?", cites)
        elif not shown and id(operation) not in fetches:
            yield Note("gap", f"What does {name} return?", cites)
        if (
            operation.method in ("POST", "PUT", "PATCH")
            and not operation.fields
            and not any(r.body for r in operation.requests)
        ):
            yield Note("gap", f"What does {name} take?", cites)
        inputs = [field for field in operation.fields if field.place != "path"]
        if inputs and operation.method == "POST" and all(field.required is None for field in inputs):
            yield Note("gap", f"Which inputs of {name} are required?", cites)

"""Start, poll and fetch as links and a job. What no source says of the replies is inferred, and says so."""

from __future__ import annotations

from specloom.schemas.draft.assembly.flows import Flow, media_of
from specloom.schemas.draft.assembly.paths import shape
from specloom.schemas.draft.write.replies import TODO, Node

DONE = ["completed", "complete", "succeeded", "success", "done", "finished", "ready"]
FAILED = ["failed", "error", "errored"]
CANCELED = ["canceled", "cancelled"]
"""The usual words for states: where a source names its own, those stand."""


def path_key(paths: Node, path: str) -> str:
    """Two paths that differ in a parameter's name only are one."""
    return next((known for known in paths if shape(known) == shape(path)), path)


def tie(flow: Flow, paths: Node, ids: dict[tuple[str, str], str]) -> None:
    """Start, poll and fetch as links and a job. What no source says of the replies is inferred, and says so."""
    start, poll = paths[path_key(paths, flow.start.path)]["post"], paths[path_key(paths, flow.poll.path)]["get"]
    good = next((status for status in start["responses"] if status.startswith("2")), "")
    if not good or "$ref" in start["responses"][good]:
        return
    reply = start["responses"][good]
    key = _id_key(reply, flow.parameter)
    if not key:
        key = flow.parameter
        properties = {
            key: {
                "type": "string",
                "x-specloom": {"inferred": f"{TODO}: the next step needs it, and no source shows the reply."},
            }
        }
        reply.setdefault(
            "content", {"application/json": {"schema": {"type": "object", "required": [key], "properties": properties}}}
        )
    reply["links"] = {
        "status": {
            "operationId": ids[flow.poll.method, flow.poll.path],
            "parameters": {flow.parameter: f"$response.body#/{key}"},
        }
    }
    state = _state(poll)
    job: Node = {"poll": "status", "status": f"$response.body#/{state}"}
    _add_states(job, flow, _states(poll, state))
    if flow.interval:
        job["interval"] = flow.interval
    start["x-specloom"]["job"] = job
    if flow.fetch is not None and (kind := media_of(flow.fetch)):
        fetch = paths[path_key(paths, flow.fetch.path)]["get"]
        fetch["x-specloom"]["result"] = {"type": kind}


def _id_key(reply: Node, parameter: str) -> str:
    """The reply's property that is the poll's input."""
    properties = _schema(reply).get("properties", {})
    return next(
        (name for name in (parameter, "id", *(n for n in properties if n.endswith("id"))) if name in properties), ""
    )


def _state(poll: Node) -> str:
    """Where the poll's reply has the state; `status` where no source shows the reply."""
    for status, reply in poll["responses"].items():
        schema = _schema(reply) if status.startswith("2") else {}
        for name in ("status", "state"):
            if name in schema.get("properties", {}):
                return name
        if status.startswith("2") and "content" not in reply:
            inferred = {
                "status": {
                    "type": "string",
                    "x-specloom": {"inferred": f"{TODO}: no source shows the reply; the state has to stand in it."},
                }
            }
            reply["content"] = {"application/json": {"schema": {"type": "object", "properties": inferred}}}
    return "status"


def _add_states(job: Node, flow: Flow, listed: list[str]) -> None:
    """The words for each outcome: those of the poll's own list, else those the sources name, else the usual ones."""
    untold = []
    for key, usual in (("succeeded", DONE), ("failed", FAILED), ("canceled", CANCELED)):
        told = [word for word in listed or flow.states if word.lower() in usual]
        if told or not listed:
            job[key] = told or usual
            untold += [] if told else [key]
    if untold:
        job["inferred"] = f"{TODO}: no source names the states for {', '.join(untold)}; these are the usual words."


def _states(poll: Node, state: str) -> list[str]:
    """All states of the poll's reply, where a source lists them; [] where none does."""
    for status, reply in poll["responses"].items():
        told: list[str] = _schema(reply).get("properties", {}).get(state, {}).get("enum", [])
        if status.startswith("2") and any(word.lower() in DONE for word in told):
            return told
    return []


def _schema(reply: Node) -> Node:
    for media in reply.get("content", {}).values():
        found: Node = media.get("schema", {})
        return found
    return {}

"""The whole document, from the facts of all sources."""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from specloom.schemas.draft.assembly import Assembled
from specloom.schemas.draft.assembly.paths import address
from specloom.schemas.draft.facts import Note, Operation, Plan, Said, Signature
from specloom.schemas.draft.write.gaps import questions
from specloom.schemas.draft.write.jobs import path_key, tie
from specloom.schemas.draft.write.names import key_of, operation_id
from specloom.schemas.draft.write.operations import gap_of, operation_of
from specloom.schemas.draft.write.replies import TODO, Node, Shared, component, shared_errors
from specloom.schemas.draft.write.schemas import source
from specloom.schemas.draft.write.security import security_of

MESSAGE_KEYS = ("message", "error", "detail", "error_message", "error_description", "errors", "title", "reason", "msg")


class Written(Struct, frozen=True):
    document: Node
    questions: tuple[Note, ...]
    """Gaps, as questions to the vendor."""


def document_of(found: Assembled, title: str, key: str) -> Written:
    """`title` and `key` are the person's; where they are '', the sources'. Raises nothing."""
    facts = found.facts
    shared = shared_errors(facts.errors)
    labels = _labels(facts.said)
    name = title or _title(found) or _host_name(found.server) or "Draft"
    taken: set[str] = set()
    paths: Node = {}
    ids: dict[tuple[str, str], str] = {}
    for operation in found.operations:
        if operation.tag.lower().startswith(name.lower()):
            operation.tag = ""  # the service's own name groups nothing
        made = operation_id(operation, taken)
        path = path_key(paths, operation.path)
        _rename(operation, path)
        ids[operation.method, path] = made
        item = paths.setdefault(path, {})
        item[operation.method.lower()] = operation_of(operation, made, shared, facts.rate_headers, labels)
    for flow in found.flows:
        tie(flow, paths, ids)
    notes = questions(found)
    block = {**({"key": key or key_of(name)} if key or key_of(name) else {}), **_root_block(found, shared)}
    gaps: list[Node] = [
        {"question": note.message, **({"source": source(note.cites)} if note.cites else {})} for note in notes
    ]
    for gap, operation in zip(gaps, found.gaps, strict=False):
        gap["operation"] = gap_of(operation, labels)
    block |= {"gaps": gaps} if gaps else {}
    document: Node = {"openapi": "3.1.0", "info": _info(found, name), "x-specloom": block}
    if found.server is not None:
        document["servers"] = [_server(found.server)]
    schemes, security = security_of(found)
    if security:
        document["security"] = security
    document["paths"] = paths
    document["components"] = _components(schemes, shared, found)
    if not document["components"]:
        del document["components"]
    return Written(document, tuple(notes))


def _rename(operation: Operation, path: str) -> None:
    """The parameters of its path get the names that the path has already."""
    names = dict(zip(re.findall(r"\{([^{}]+)\}", operation.path), re.findall(r"\{([^{}]+)\}", path), strict=False))
    operation.fields = [
        replace(
            f,
            name=names[f.name],
            inferred=f.inferred or f"Here it is called {f.name}; another call of the path has this name.",
        )
        if f.place == "path" and names.get(f.name, f.name) != f.name
        else f
        for f in operation.fields
    ]
    operation.path = path


def _info(found: Assembled, name: str) -> Node:
    facts = found.facts
    info: Node = {"title": name, "version": facts.version.text if facts.version else TODO}
    if facts.description:
        info["description"] = facts.description
    if contact := next((said for said in facts.said if said.kind == "contact"), None):
        info["contact"] = {"email": contact.text}
    cites = [said.cite for said in (facts.title, facts.version, contact) if said is not None]
    if cites:
        info["x-specloom"] = {"source": source(cites)}
    return info


def _title(found: Assembled) -> str:
    """What the sources call the service, or how they spell its host's name. A title of one call is none."""
    told = found.facts.title.text if found.facts.title else ""
    calls = {operation.summary.lower() for operation in found.operations}
    host = _host_name(found.server)
    if not host or (told and told.lower() not in calls):
        return told
    spelled = re.search(rf"(?<![\w.@/-]){re.escape(host)}(?![\w@/-]|\.\w)", found.facts.description, re.I)
    return spelled[0] if spelled else ""


def _host_name(server: Said | None) -> str:
    if server is None or server.kind == "placeholder":
        return ""
    parts = (address(server.text).host.partition("://")[2]).split(":")[0].split(".")
    return (
        next((part for part in reversed(parts[:-1]) if part not in ("co", "com", "api")), "") if len(parts) > 1 else ""
    )


def _server(server: Said) -> Node:
    if server.kind == "url":
        return (
            {"url": server.text, "x-specloom": {"source": str(server.cite)}}
            if server.cite.line
            else {"url": server.text}
        )
    shown = address(server.text)
    host = shown.host.partition("://")[2] or server.text
    path = shown.path.rstrip("/")
    variable = {
        "default": "",
        "description": (
            f"Host name of the service, without https://. The sources' examples say {host}, which is a placeholder."
        ),
    }
    return {
        "url": f"https://{{host}}{path}",
        "variables": {"host": variable},
        "x-specloom": {"source": str(server.cite)},
    }


def _labels(said: list[Said]) -> dict[str, str]:
    """`male, neutral American accent` of all that is said of one choice."""
    found: dict[str, list[str]] = {}
    for each in said:
        if each.kind == "choice":
            value, _, words = each.text.partition("\n")
            if words not in found.setdefault(value, []):
                found[value].append(words)
    return {value: f"{_spoken(value)}: {', '.join(words)}" for value, words in found.items()}


def _spoken(value: str) -> str:
    """The part of a value that is a name: `Carter` of `en-Carter_man`."""
    names = re.findall(r"[A-Z][a-z]+", value)
    return " ".join(names) or value


def _root_block(found: Assembled, shared: Shared) -> Node:
    facts, block = found.facts, Node()
    properties = shared.schema.get("properties", {})
    key = next((key for key in MESSAGE_KEYS if key in properties), "")
    if key:
        inner = properties[key].get("properties", {})
        deeper = next((name for name in MESSAGE_KEYS if name in inner), "")
        pointer = f"{key}/{deeper}" if deeper else key
        block["errors"] = {"message": f"$response.body#/{pointer}"}
        if "retry_after" in facts.rate_headers:
            block["errors"]["retry_after"] = f"$response.header.{facts.rate_headers['retry_after'].name}"
    limits: Node = {
        role: f"$response.header.{facts.rate_headers[role].name}"
        for role in ("limit", "remaining", "reset")
        if role in facts.rate_headers
    }
    plans = _plans(facts.plans)
    if plans:
        least = min(plans, key=lambda plan: plan.requests / plan.seconds)
        limits["documented"] = {"requests": least.requests, "seconds": least.seconds}
        named = [plan for plan in plans if plan.name]
        if named:
            limits["plans"] = [
                {"name": plan.name, "requests": plan.requests, "seconds": plan.seconds} for plan in named
            ]
    if limits:
        cites = [plan.cite for plan in plans] + [header.cite for header in facts.rate_headers.values()]
        block["rate_limit"] = {**limits, "source": source(cites)}
    if signature := _signature(facts.signatures):
        block["webhook_signature"] = signature
    return block


def _plans(plans: list[Plan]) -> list[Plan]:
    """Each name once; nameless ones only where no plan has a name."""
    named = {plan.name: plan for plan in reversed(plans) if plan.name and len(plan.name) < 60}
    return [plan for plan in plans if named.get(plan.name) is plan] or plans[:1]


def _signature(found: list[Signature]) -> Node:
    """The parts that lines tell, in one; {} where the algorithm or the header is not told."""
    merged: Node = {}
    cites = []
    for signature in found:
        for key in ("algorithm", "content", "signature_header", "timestamp_header", "encoding"):
            if getattr(signature, key) and key not in merged:
                merged[key] = getattr(signature, key)
                cites.append(signature.cite)
    complete = {"algorithm", "content", "signature_header"} <= merged.keys()
    return {**merged, "source": source(cites)} if complete else {}


def _components(schemes: Node, shared: Shared, found: Assembled) -> Node:
    made: Node = {}
    if schemes:
        made["securitySchemes"] = schemes
    if headers := found.facts.rate_headers:
        made["headers"] = {
            header.name: {
                **({"description": header.value} if header.value else {}),
                "schema": {"type": "string" if role == "retry_after" else "integer"},
                "x-specloom": {"source": str(header.cite), "inferred": "No source tells its type."},
            }
            for role, header in headers.items()
        }
    if shared.responses:
        made["responses"] = {component(status): response for status, response in shared.responses.items()}
    if shared.schema and shared.responses:
        made["schemas"] = {"Error": shared.schema}
    return made

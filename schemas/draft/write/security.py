"""Security schemes, from what the sources say and show of keys."""

from __future__ import annotations

from specloom.schemas.draft.assembly import Assembled
from specloom.schemas.draft.facts import Credential, Said
from specloom.schemas.draft.write.replies import Node
from specloom.schemas.draft.write.schemas import source


def security_of(found: Assembled) -> tuple[Node, list[Node]]:
    """The schemes, and the requirement: any one of them."""
    schemes: Node = {}
    distinct: dict[tuple[str, str], Credential] = {}
    for credential in found.facts.credentials:
        distinct.setdefault((credential.kind, credential.name.lower()), credential)
    if any(kind == "bearer" for kind, _ in distinct):
        distinct.pop(("header", "authorization"), None)
    for credential in distinct.values():
        name = "apiKey" if not schemes else f"apiKey{len(schemes) + 1}"
        schemes[name] = _scheme(credential, found.facts.said if not schemes else [])
    return schemes, [{name: []} for name in schemes]


def _scheme(credential: Credential, said: list[Said]) -> Node:
    made: Node = {"type": "http", "scheme": credential.kind} if credential.kind in ("bearer", "basic") else {
        "type": "apiKey", "in": credential.kind, "name": credential.name,
    }  # fmt: skip
    where = next((each for each in said if each.kind == "where"), None)
    words = [f"Where: {where.text}"] if where else []
    if credential.value_prefix:
        words.append(f"The value is `{credential.value_prefix}` and the key.")
    if words:
        made["description"] = " ".join(words)
    cites = [credential.cite] + ([where.cite] if where else [])
    block: Node = {}
    if prefix := next((each for each in said if each.kind == "prefix"), None):
        block["prefix"] = prefix.text
        cites.append(prefix.cite)
    for kind in ("scopes", "domains"):
        if listed := next((each for each in said if each.kind == kind), None):
            block[kind] = listed.text.split()
            cites.append(listed.cite)
    return {**made, "x-specloom": {**block, "source": source(cites)}}

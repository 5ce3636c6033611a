"""What a document does not say and its names suggest: proposals, each with a reason and a confidence.

`build` applies the certain ones (`certain`, `applied`) and lists them; `specloom infer` writes all of them as an
Overlay document (`document`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from specloom.schemas.infer.api import Api
from specloom.schemas.infer.applied import applied
from specloom.schemas.infer.document import document, to_yaml
from specloom.schemas.infer.proposal import CERTAIN, Proposal, ProposalKind, ProposedChange
from specloom.schemas.infer.rules.connection import connection
from specloom.schemas.infer.rules.dialects import dialects
from specloom.schemas.infer.rules.labels import labels
from specloom.schemas.infer.rules.options import options
from specloom.schemas.infer.rules.pages.lists import lists
from specloom.schemas.infer.rules.pages.pagination import pagination
from specloom.schemas.infer.rules.results.results import results
from specloom.schemas.infer.rules.service import credential, rate_limit, sensitive
from specloom.schemas.infer.rules.triggers import triggers
from specloom.schemas.infer.rules.work.jobs import jobs
from specloom.schemas.load import Loaded
from specloom.schemas.model import Service

__all__ = [
    "CERTAIN", "Proposal", "ProposalKind", "ProposedChange", "applied", "certain", "document", "propose", "propose_for",
    "to_yaml",
]  # fmt: skip


def propose(loaded: Loaded) -> tuple[Proposal, ...]:
    """Everything there is to propose, in the document's order; what the document declares is left alone."""
    return propose_for(loaded.service, loaded.source.root, loaded.source.mentions("x-ms-dynamic-"))


def propose_for(service: Service, raw: Mapping[str, Any], dynamic: bool = True) -> tuple[Proposal, ...]:
    """`raw` is the parsed document that the service was loaded from; `dynamic` is false where it cannot speak of
    Microsoft's dynamic values."""
    api = Api(service, raw)
    told = _once(dialects(api, dynamic))
    if told:
        api = api.after(applied(service, told))
    paged = _new(pagination(api), told)
    # Lists are found once, with the pages just learned; watching and choosing read them.
    service = applied(api.service, certain(paged))
    api = api.after(service)
    unsure = {p.operation_id for p in paged if not p.certain}
    work = list(jobs(api))
    polls = {p.operation_id: _poll(service, p) for p in work}
    unsure_jobs = {p.operation_id: p.confidence for p in work if not p.certain}
    polls |= {o.operation_id: o.job.poll.operation_id for o in service.operations if o.job}
    made = list(results(api, polls, unsure_jobs))
    found = [
        *told, *paged, *work, *credential(api), *_new(connection(api), told), *rate_limit(api), *made,
        *_new(lists(api, {p.operation_id for p in made}), told),
        *_new(options(api), told), *_new(triggers(api, unsure), told), *labels(api), *sensitive(api),
    ]  # fmt: skip
    rank = {operation.operation_id: index for index, operation in enumerate(service.operations)}
    return tuple(sorted(found, key=lambda proposal: rank.get(proposal.operation_id, -1)))


def certain(proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """Those that need no review."""
    return tuple(proposal for proposal in proposals if proposal.certain)


def _poll(service: Service, proposal: Proposal) -> str:
    name = proposal.block["job"]["poll"]
    for response in proposal.changes[0].update.get("responses", {}).values():
        target = response["links"][name]["operationId"]
        return str(target)
    operation = service.operation(proposal.operation_id)
    links = [link for r in operation.responses for link in r.links] if operation else []
    return next((link.operation_id for link in links if link.name == name), "")


def _once(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Each place once; all inputs it concerns together."""
    found: dict[tuple[str, str], Proposal] = {}
    for proposal in proposals:
        key = (proposal.kind, proposal.changes[0].pointer)
        known = found.get(key)
        if known is None:
            found[key] = proposal
        elif known.fields:
            found[key] = Proposal(
                kind=known.kind, reason=known.reason, confidence=known.confidence, changes=known.changes,
                operation_id=known.operation_id, fields=(*known.fields, *proposal.fields),
            )  # fmt: skip
    return list(found.values())


def _new(proposals: Iterable[Proposal], known: Sequence[Proposal]) -> list[Proposal]:
    """Without what a dialect has said already."""
    taken = {(proposal.kind, proposal.changes[0].pointer) for proposal in known}
    return [proposal for proposal in proposals if (proposal.kind, proposal.changes[0].pointer) not in taken]

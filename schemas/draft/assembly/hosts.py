"""Where the service is: the base URL that a source names, else the host that most examples show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from specloom.schemas.draft.assembly.paths import address, is_placeholder_host
from specloom.schemas.draft.facts import Cite, Facts, Operation, Said


def server_of(facts: Facts, operations: list[Operation], given: str) -> Said | None:
    if given:
        return Said("url", given.rstrip("/"), Cite("--server", 0))
    told = [said for said in facts.said if said.kind == "base"]
    real = next((said for said in told if not is_placeholder_host(address(said.text).host)), None)
    if real is not None:
        return Said("url", real.text, real.cite)
    hosts = Counter[str]()
    first: dict[str, Cite] = {}
    for operation in operations:
        for host, cite in _hosts(operation):
            hosts[host] += 1
            first.setdefault(host, cite)
    for host, _ in hosts.most_common():
        if not is_placeholder_host(host):
            return Said("url", host, first[host])
    if hosts:
        host = hosts.most_common(1)[0][0]
        return Said("placeholder", host, first[host])
    return next((Said("placeholder", said.text, said.cite) for said in told), None)


def _hosts(operation: Operation) -> Iterable[tuple[str, Cite]]:
    if operation.host:
        yield operation.host, operation.cites[0]
    for request in operation.requests:
        if host := address(request.url).host:
            yield host, request.cite


def base_of(server: Said | None) -> str:
    """The path of the base URL that a source names; '' where the server is only a host."""
    if server is None:
        return ""
    path = address(server.text).path.rstrip("/")
    return path if path != "/" else ""

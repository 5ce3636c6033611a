"""Operations of all sources: examples find the call they belong to, paths become templates, hosts a server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from specloom.schemas.draft.assembly.flows import Flow, flows_of
from specloom.schemas.draft.assembly.hosts import base_of, server_of
from specloom.schemas.draft.assembly.inputs import with_inputs
from specloom.schemas.draft.assembly.merged import merge_operation
from specloom.schemas.draft.assembly.paths import address, marked, matches, shape, template
from specloom.schemas.draft.facts import Facts, Field, Note, Operation, Request, Said
from specloom.schemas.draft.snippets.curl import query_fields

MAX_OPERATIONS = 2_000
MAX_PATH = 500


class Assembled(Struct):
    """What the document is written from."""

    operations: list[Operation]
    gaps: list[Operation]
    """Calls whose path no source tells."""
    facts: Facts
    """What is said of the whole service."""
    server: Said | None
    """kind `url`, or `placeholder` where the examples show a host that is nobody's."""
    base: str
    """The server's path, which the operations' paths leave out."""
    flows: list[Flow]
    notes: list[Note]


def assemble(sources: Sequence[Facts], server: str = "") -> Assembled:
    """One set of facts. `server` is the person's own word for where the service is."""
    facts = _joined(sources)
    notes = list(facts.notes)
    known = [operation for operation in facts.operations if operation.path]
    pathless = [operation for operation in facts.operations if not operation.path]
    for operation in known:
        _tidy_path(operation)
    _known_prefixes(known, facts.requests)
    rest = _placed(known, facts.requests)
    rest = _given_to_pathless(pathless, known, rest)
    for request in _whole_first(rest):
        _own_operation(known, request)
    for mention in facts.mentions:
        _mentioned(known, mention)
    told = [id(operation) for operation in facts.operations]
    known.sort(key=lambda o: told.index(id(o)) if id(o) in told else len(told))
    operations = _unique(known, notes)
    for operation in operations:
        operation.method = operation.method or ("POST" if _has_body(operation) else "")
    host = server_of(facts, operations, server)
    base = base_of(host)
    keys = {place: {c.name.lower() for c in facts.credentials if c.kind == place} for place in ("query", "header")}
    for operation in operations:
        with_inputs(operation, base, keys)
        operation.fields += [f for f in _headers_of_all(facts.said) if _is_new(f, operation.fields)]
    gaps = [operation for operation in pathless if not operation.path]
    untold = [operation for operation in operations if not operation.method]
    return Assembled(
        [o for o in operations if o.method][:MAX_OPERATIONS],
        gaps + untold,
        facts,
        host,
        base,
        flows_of([o for o in operations if o.method]),
        notes,
    )


def _joined(sources: Sequence[Facts]) -> Facts:
    whole = Facts()
    for facts in sources:
        whole.title = whole.title or facts.title
        whole.version = whole.version or facts.version
        whole.description = whole.description or facts.description
        for name in (
            "operations",
            "requests",
            "mentions",
            "errors",
            "credentials",
            "said",
            "plans",
            "signatures",
            "notes",
        ):
            getattr(whole, name).extend(getattr(facts, name))
        for role, header in facts.rate_headers.items():
            whole.rate_headers.setdefault(role, header)
    return whole


def _headers_of_all(said: list[Said]) -> list[Field]:
    """Headers that the page's introduction says every call has, with the one value it names."""
    found: dict[str, Field] = {}
    for each in said:
        if each.kind == "header":
            name, _, value = each.text.partition("\n")
            field = Field(name=name, cite=each.cite, place="header", type="string", required=True, choices=(value,))
            found.setdefault(name.lower(), field)
    return list(found.values())


def _tidy_path(operation: Operation) -> None:
    """From the URL of its endpoint line: host, path, query."""
    found = address(operation.path)
    operation.host = operation.host or found.host
    operation.path = marked(found.path)
    operation.fields += [f for f in query_fields(f"?{found.query}", operation.cites[0]) if _is_new(f, operation.fields)]


def _is_new(field: Field, fields: Iterable[Field]) -> bool:
    return all(field.name != other.name for other in fields)


def _known_prefixes(operations: list[Operation], requests: list[Request]) -> None:
    """A path glued to the words after it (`/image_genGenerate …`) is the longest example's that it begins with."""
    paths = sorted({address(request.url).path for request in requests}, key=len, reverse=True)
    for operation in operations:
        longer = [path for path in paths if len(path) > 3 and operation.path.startswith(path)]
        glued = longer and re.match(r"[A-Z][a-z]", operation.path[len(longer[0]) :])
        if glued:
            operation.path = longer[0]


def _placed(operations: list[Operation], requests: list[Request]) -> list[Request]:
    """Gives each example to the call it shows; what is left belongs to none."""
    left: list[Request] = []
    for request in requests:
        path = address(request.url).path
        hits = [o for o in operations if o.method in ("", request.method) and matches(path, o.path, strict=True)]
        best = max(hits, key=lambda o: _closeness(path, o.path), default=None)
        if best is None:
            left.append(request)
        else:
            best.method = best.method or request.method
            best.requests.append(request)
    return left


def _closeness(path: str, pattern: str) -> int:
    """Segments that are equal, and not merely filled in."""
    one, other = marked(path).split("/"), pattern.split("/")
    return sum(a == b for a, b in zip(reversed(one), reversed(other), strict=False)) * 2 + (len(one) == len(other))


def _given_to_pathless(pathless: list[Operation], known: list[Operation], requests: list[Request]) -> list[Request]:
    """A call that has inputs but no path gets the path of the examples that send these inputs and no other's."""
    left: list[Request] = []
    for request in requests:
        sent = _sent(request)
        fits = [o for o in pathless if sent and sent <= {field.name for field in o.fields}]
        taken = [
            o for o in fits if o.path and matches(address(request.url).path, o.path) and o.method == request.method
        ]
        free = [o for o in fits if not o.path]
        if not taken and len(free) == 1:
            free[0].path, free[0].method, free[0].host = request.url, request.method, ""
            _tidy_path(free[0])
            taken = free
            known.append(free[0])
        if not taken:
            left.append(request)
        else:
            taken[0].cites = [request.cite, *taken[0].cites]
            taken[0].requests.append(request)
    return [request for request in left if not _late(known, request)]


def _late(known: list[Operation], request: Request) -> bool:
    """Examples that came before the one which told the path."""
    path = address(request.url).path
    for operation in known:
        if operation.method == request.method and matches(path, operation.path, strict=True):
            operation.requests.append(request)
            return True
    return False


def _sent(request: Request) -> set[str]:
    body = request.body.value if request.body and isinstance(request.body.value, dict) else {}
    return {
        *body,
        *(field.name for field in request.fields),
        *(f.name for f in query_fields(request.url, request.cite)),
    }


def _whole_first(requests: list[Request]) -> list[Request]:
    """Those whose paths name their parameters first: concrete ones then find them."""
    return sorted(requests, key=lambda request: "{" not in marked(address(request.url).path))


def _own_operation(operations: list[Operation], request: Request) -> None:
    """An example that no page has words for is a call of its own."""
    path = address(request.url).path
    if len(path) > MAX_PATH:
        return
    if path == "/" and not (request.body or request.fields or request.title or request.tag or request.headers):
        return
    for operation in operations:
        if operation.method == request.method and matches(path, operation.path, strict=True):
            operation.requests.append(request)
            return
    made = Operation(
        method=request.method,
        path=marked(path),
        host=address(request.url).host,
        cites=[request.cite],
        summary=request.title,
        description=request.description,
        tag=request.tag,
        fields=[],
        requests=[request],
        replies=list(request.replies),
    )
    operations.append(made)


def _mentioned(operations: list[Operation], mention: Request) -> None:
    path = marked(address(mention.url).path)
    for operation in operations:
        if operation.method in ("", mention.method) and matches(path, operation.path, strict=True):
            operation.method = operation.method or mention.method
            operation.description = operation.description or mention.description
            operation.requests += [mention] if "?" in mention.url else []
            return
    operations.append(
        Operation(
            method=mention.method,
            path=path,
            host=address(mention.url).host,
            cites=[mention.cite],
            description=mention.description,
            tag=mention.tag,
            fields=[],
            requests=[mention] if "?" in mention.url else [],
            replies=[],
        )
    )


def _unique(operations: list[Operation], notes: list[Note]) -> list[Operation]:
    """One of each method and path; values in paths become parameters."""
    found: dict[tuple[str, str], Operation] = {}
    for operation in sorted(operations, key=lambda o: "{" not in o.path):
        made = template(operation.path)
        operation.path = made.path
        operation.fields += [
            Field(
                name=each.name,
                cite=operation.cites[0],
                place="path",
                type="string",
                required=True,
                example=each.example,
                inferred="The sources show a value and no name for it.",
            )
            for each in made.parameters
            if each.named_by_us
        ]
        key = (operation.method, shape(made.path))
        if key in found:
            merge_operation(found[key], operation, notes)
        else:
            found[key] = operation
    return sorted(found.values(), key=lambda o: operations.index(o))


def _has_body(operation: Operation) -> bool:
    return any(request.body for request in operation.requests) or any(
        field.place == "body" for field in operation.fields
    )

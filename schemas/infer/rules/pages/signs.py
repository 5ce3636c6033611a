"""What a reply says of the pages there are: flags, counts, links and headers."""

from __future__ import annotations

from collections.abc import Iterator

from specloom.schemas.infer.api import Api, Listing, body
from specloom.schemas.infer.replies import Path
from specloom.schemas.infer.vocabulary import known
from specloom.schemas.infer.words import bare
from specloom.schemas.model import Field, Operation

SEARCHES = frozenset("search searches list query queries find filter lookup scroll".split())
_LINK_PARTS = frozenset("href url uri link".split())
_DEPTH = 4


def near_pages(api: Api, operation: Operation, listing: Listing) -> Iterator[tuple[Path, Field]]:
    """Fields of the reply that may speak of pages: beside the list, and in objects named for it."""
    if operation.output.repeated:
        return
    beside = listing.path[:-1]
    for path, field in api.replies.walk(operation, _DEPTH):
        if field.repeated or field.type == "object":
            continue
        leads = [token for token in path[:-1] if token not in beside]
        if path[:-1] in ((), beside) or all(bare(token) in known("pages", "about", "direction") for token in leads):
            yield path, field


def number(api: Api, operation: Operation, listing: Listing, names: frozenset[str]) -> str:
    """Where the reply says a count of this name; '' nowhere."""
    for path, field in near_pages(api, operation, listing):
        if bare(path[-1]) in names and field.type in ("integer", "number"):
            return body(path)
    return ""


def flags(api: Api, operation: Operation, listing: Listing, *, counted: bool = False) -> dict[str, str]:
    """The one sign that tells the end: a flag, and where pages or elements are `counted` how many there are, a link, or
    the headers that say so."""
    for kind, names in (("more", known("pages", "more")), ("last", known("pages", "last"))):
        for path, field in near_pages(api, operation, listing):
            if bare(path[-1]) in names and field.type == "boolean":
                return {kind: body(path)}
    if not counted:
        return {}
    for kind, names in (("pages", known("pages", "pages")), ("total", known("pages", "total"))):
        if found := number(api, operation, listing, names):
            return {kind: found}
    if link := next_link(api, operation, listing):
        return {"more": body(link[0])}
    return _headers(operation)


def _headers(operation: Operation) -> dict[str, str]:
    headers = {bare(h.name): h.name for response in operation.responses if response.ok for h in response.headers}
    if "link" in headers:
        return {"more": f"$response.header.{headers['link']}"}
    for kind, names in (("pages", known("pages", "pages_header")), ("total", known("pages", "total_header"))):
        if header := next((headers[name] for name in headers if name in names), ""):
            return {kind: f"$response.header.{header}"}
    return {}


def next_link(api: Api, operation: Operation, listing: Listing) -> tuple[Path, bool] | None:
    """Where the reply links to the next page, and whether that is sure."""
    perhaps: Path | None = None
    names = {bare(path[-1]) for path, _ in near_pages(api, operation, listing)}
    for path, field in near_pages(api, operation, listing):
        if field.type not in ("string", "any"):
            continue
        name, lead = bare(path[-1]), bare(path[-2]) if len(path) > 1 else ""
        typed = field.format in ("uri", "url", "uri-reference")
        if name in _LINK_PARTS and lead == "next":
            return path, True
        if name == "next":
            if typed or lead in ("links", "link") or names & {"previous", "prev"}:
                return path, True
            perhaps = perhaps or path
        elif name in known("pages", "next_link") or (
            name.startswith("next") and name.endswith(("url", "uri", "link", "href"))
        ):
            return path, True
        elif typed and name == "nextpage":
            return path, True
    return (perhaps, False) if perhaps else None

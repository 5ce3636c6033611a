"""Operations: what a step calls, what it gives, and the events that start a workflow."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Literal

from msgspec import Struct

from specloom.schemas.expressions import Expression
from specloom.schemas.model.fields import Field, FieldType, ResultType


class Link(Struct, frozen=True, kw_only=True):
    """Follow-up operation; parameters by that operation's Field.name."""

    name: str
    operation_id: str
    parameters: Mapping[str, Expression | Any] = {}


class Output(Struct, frozen=True, kw_only=True):
    """Where a reply holds what the step is for; see schemas/http/result.py for the meaning."""

    type: ResultType = "none"
    items: Expression | None = None
    mapping: Mapping[str, Expression] = {}
    download: Link | None = None
    fields: tuple[Field, ...] = ()
    """The raw reply's shape; of the elements where the reply is a list (`repeated`)."""
    repeated: bool = False
    sample: Any = None
    """A raw success reply, from the document's examples, or made from its schema."""
    sample_is_documented: bool = False
    binary: bool = False
    """The reply is a file, not JSON."""


class Header(Struct, frozen=True, kw_only=True):
    name: str
    description: str = ""
    type: FieldType = "string"
    example: Any = None
    inferred: str = ""


class Example(Struct, frozen=True, kw_only=True):
    name: str
    value: Any
    summary: str = ""


class Response(Struct, frozen=True, kw_only=True):
    """`status` is '200', '2XX' or 'default'."""

    status: str
    description: str = ""
    media_type: str = ""
    headers: tuple[Header, ...] = ()
    examples: tuple[Example, ...] = ()
    links: tuple[Link, ...] = ()
    inferred: str = ""

    @property
    def ok(self) -> bool:
        return self.status[:1] == "2"


PAGE_SIGNS = ("more", "last", "pages", "total", "current")
"""What a reply may say of the pages there are: fields of Pagination."""


class Pagination(Struct, frozen=True, kw_only=True):
    """How a list goes on. It ends where the reply says so: by `more` (false, or a Link header without rel=next), `last`
    (true), `pages` (how many there are) or `total` (how many elements); otherwise with a page that holds nothing."""

    style: Literal["page", "offset", "cursor", "link"]
    items: Expression
    parameter: str = ""
    size_parameter: str = ""
    next: Expression | None = None
    """The next cursor or URL; with `$item#` it is the page's last element that tells."""
    more: Expression | None = None
    last: Expression | None = None
    pages: Expression | None = None
    total: Expression | None = None
    current: Expression | None = None
    """The number of the page, as the reply tells it."""
    start: int | None = None
    """Number of the first page or element; None: as its parameter says."""


class Job(Struct, frozen=True, kw_only=True):
    """The operation starts work; `poll` tells its state. A state in none of the lists is running."""

    poll: Link
    status: Expression
    succeeded: tuple[str, ...]
    failed: tuple[str, ...] = ()
    canceled: tuple[str, ...] = ()
    queued: tuple[str, ...] = ()
    error: Expression | None = None
    interval: float = 3
    timeout: float = 600
    callback_field: str = ""
    """Name of the input that takes the URL the service calls when the work is done."""
    callback: str = ""
    """Name of the callback in the document."""


class Usage(Struct, frozen=True, kw_only=True):
    cost: float | Expression | None = None
    unit: str = ""
    remaining: Expression | None = None


_FROM_ZERO = re.compile(
    r"\b(zero|0)[- ]?(based|indexed)|\bfirst (page |one )?(is|=) ?(page )?(0|zero)\b"
    r"|\b(start\w*|begin\w*|counted|numbered) (at|from|with|is) (page )?(0|zero)\b",
    re.I,
)
_FROM_ONE = re.compile(r"\b(one|1)[- ]?(based|indexed)|\b(start\w*|begin\w*) (at|from|with) (page )?(1|one)\b", re.I)
_LARGEST = re.compile(
    r"\bmax(?:imum)?\b[^.,;(\n\d]{0,40}([1-9][\d,]{0,6})\b|\b(?:between|from) 1 (?:and|to) ([1-9][\d,]{0,6})\b"
    r"|\b(?:up to|at most|no more than) ([1-9][\d,]{0,6})\b|\b1 ?(?:-|–|\.\.|to) ?([1-9][\d,]{0,6})\b"
    r"|<= ?([1-9][\d,]{0,6})\b",
    re.I,
)
"""Words of a parameter for the size of pages."""
Requirement = Mapping[str, tuple[str, ...]]
"""Security schemes that are needed together (Auth.id), with the scopes of each; empty: no credential."""


class Operation(Struct, frozen=True, kw_only=True):
    operation_id: str
    resource: str
    """The tag's name; `Service.resources` has its description."""
    name: str
    """Imperative, Title Case, for people: 'Generate an Image'."""
    collection: str = ""
    """What its path addresses, in the singular: 'Task' of `/tasks/{id}`; '' where the path does not tell."""
    action: str = ""
    """What it does to that: 'Get Many', 'Cancel'; '' where its name says more."""
    summary: str = ""
    description: str = ""
    method: str = "GET"
    path: str = "/"
    server: str = ""
    """A base URL of its own, where the document gives the operation one; '' is the service's."""
    media_type: str = ""
    """Of the request body; '' where there is none."""
    body_required: bool = False
    accept: str = "application/json"
    fields: tuple[Field, ...] = ()
    output: Output = Output()
    responses: tuple[Response, ...] = ()
    request_examples: tuple[Example, ...] = ()
    """Values by Field.name, flat, as /run takes them."""
    pagination: Pagination | None = None
    job: Job | None = None
    usage: Usage | None = None
    duration: float | None = None
    security: tuple[Requirement, ...] | None = None
    """Alternatives in the document's order; None where the document does not say."""
    domains: tuple[str, ...] = ()
    deprecated: bool = False
    sensitive: bool = False
    inferred: str = ""
    pointer: str = ""
    """Place in the document, for problems and reports."""

    @property
    def group(self) -> str:
        """Where people look for it: what its path addresses, else its tag."""
        return self.collection or self.resource

    @property
    def errors(self) -> tuple[Response, ...]:
        """Documented failures, in the document's order."""
        return tuple(r for r in self.responses if r.status[:1] in "45")

    @property
    def writes(self) -> bool:
        """A list that comes in pages is read, also where POST asks for it."""
        reads = ("GET", "HEAD", "OPTIONS", "POST") if self.pagination is not None else ("GET", "HEAD", "OPTIONS")
        return self.method not in reads

    @property
    def generates(self) -> bool:
        """It makes a picture, a sound, a text: something that was not there."""
        return self.method == "POST" and self.output.type != "none" and not (self.sensitive or self.pagination)

    @property
    def first_page(self) -> int:
        """The number of the first page, or of the first element where those are counted."""
        rules = self.pagination
        field = self.field(rules.parameter) if rules else None
        usual = 1 if rules and rules.style == "page" else 0
        if rules and rules.start is not None:
            return rules.start
        if field is None:
            return usual
        if isinstance(field.default, (int, str)) and str(field.default) in ("0", "1"):
            return int(field.default)
        if field.minimum in (0, 1) and (field.minimum == 1 or not _FROM_ONE.search(field.description)):
            return int(field.minimum)
        return 0 if _FROM_ZERO.search(field.description) else usual

    @property
    def largest_page(self) -> int | None:
        """The largest page that the service gives, as far as the document says, in its schema or in words."""
        rules = self.pagination
        field = self.field(rules.size_parameter) if rules and rules.size_parameter else None
        if field is None:
            return None
        if field.maximum:
            return int(field.maximum)
        told = _LARGEST.search(field.description)
        return int(next(group for group in told.groups() if group).replace(",", "")) if told else None

    @property
    def public(self) -> bool:
        """Takes no credential."""
        return self.security is not None and not any(self.security)

    @property
    def anonymous(self) -> bool:
        """Works without a credential, whether or not it takes one."""
        return self.security is not None and not all(self.security)

    def signed_by(self, held: Collection[str]) -> tuple[str, ...] | None:
        """Of the schemes `held` those that go along with the call: the first alternative that they fulfil. () where
        it is made without any, None where they do not suffice."""
        if self.security is None:
            return tuple(held)
        fulfilled = (tuple(entry) for entry in self.security if entry and all(name in held for name in entry))
        return next(fulfilled, () if self.anonymous else None)

    def proves(self, held: Collection[str]) -> bool:
        """Whether it is a safe call that works with a good secret of these schemes and not without."""
        needs = bool(self.signed_by(held)) and not self.anonymous
        return needs and self.method == "GET" and not (self.sensitive or self.deprecated)

    def scopes_of(self, scheme: str) -> tuple[str, ...]:
        """What it needs of an OAuth2 scheme."""
        return tuple(dict.fromkeys(scope for entry in self.security or () for scope in entry.get(scheme, ())))

    def field(self, name: str) -> Field | None:
        return next((f for f in self.fields if f.name == name), None)


class Signature(Struct, frozen=True, kw_only=True):
    """How the service signs its webhooks."""

    algorithm: str = "hmac-sha256"
    content: str = "{timestamp}.{body}"
    signature_header: str = ""
    timestamp_header: str = ""
    id_header: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    tolerance: int = 300
    inferred: str = ""


class Trigger(Struct, frozen=True, kw_only=True):
    """Something happens. polling: watch `operation_id`'s list; webhook: `operation_id` subscribes `url_field`
    and `unsubscribe` (a link on its reply) ends it; without an operation_id the user registers the URL by hand."""

    event: str
    """Key, unique in the service."""
    name: str
    """Title Case: 'New Project'."""
    description: str
    """'Triggers when ….'"""
    delivery: Literal["webhook", "polling"]
    operation_id: str = ""
    url_field: str = ""
    unsubscribe: Link | None = None
    payload: tuple[Field, ...] = ()
    samples: tuple[Any, ...] = ()
    signature: Signature | None = None
    dedupe: str = "id"
    when: Mapping[str, tuple[Any, ...]] = {}
    order: str = ""

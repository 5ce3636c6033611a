"""What a source says, each with its place: the facts that travel from the readers to the writer."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

Json = Any
"""Free JSON: null, bool, int, float, str, list and dict of these."""


class Cite(Struct, frozen=True, order=True):
    """Where it is said. `line` counts from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Field(Struct, frozen=True, kw_only=True):
    """One input, or one property of a body. What is not said is '', None, () or UNSET."""

    name: str
    """As sent; nested ones as `a.b` and `list[].c`."""
    cite: Cite
    place: str = ""
    """path, query, header, cookie or body; '' where the source does not tell."""
    type: str = ""
    """A JSON type, or `file`."""
    items: str = ""
    """The elements' JSON type, of an array."""
    schema: str = ""
    """The name that the source has for its type, where that is no JSON type."""
    format: str = ""
    required: bool | None = None
    default: Json | UnsetType = UNSET
    choices: tuple[Json, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    max_items: int | None = None
    multiple_of: float | None = None
    example: Json | UnsetType = UNSET
    description: str = ""
    nullable: bool = False
    deprecated: bool = False
    inferred: str = ""
    """Why this is here although no source says it."""


class Sample(Struct, frozen=True):
    """A body as a source shows it. `lines` has the line of each property by its place (`data.images[].url`)."""

    value: Json
    cite: Cite
    media: str = "application/json"
    lines: dict[str, int] = {}


class Header(Struct, frozen=True):
    name: str
    value: str
    cite: Cite


class Reply(Struct, frozen=True):
    """`status` is '' where the source shows a reply without one."""

    cite: Cite
    status: str = ""
    description: str = ""
    media: str = ""
    sample: Sample | None = None
    fields: tuple[Field, ...] = ()
    headers: tuple[Header, ...] = ()


class Request(Struct, frozen=True, kw_only=True):
    """A call as an example shows it: a curl line, a snippet, an entry of a collection."""

    method: str
    url: str
    """Absolute, or beginning with `/` or a variable."""
    cite: Cite
    headers: tuple[Header, ...] = ()
    fields: tuple[Field, ...] = ()
    """Inputs that the source names itself: query, form, path."""
    body: Sample | None = None
    media: str = ""
    title: str = ""
    description: str = ""
    tag: str = ""
    replies: tuple[Reply, ...] = ()
    auth: str = ""
    """A security scheme the source names: bearer, basic, or `header:Name` / `query:name`."""


class Cost(Struct, frozen=True):
    amount: float
    unit: str
    cite: Cite


class Operation(Struct, kw_only=True):
    """What all sources say of one call. `path` is '' where none tells it: such a call is a gap."""

    method: str = ""
    path: str = ""
    host: str = ""
    """`https://host` that the examples show; '' where they show none."""
    cites: list[Cite] = []
    summary: str = ""
    description: str = ""
    tag: str = ""
    deprecated: bool = False
    fields: list[Field] = []
    requests: list[Request] = []
    replies: list[Reply] = []
    cost: Cost | None = None
    asynchronous: bool = False
    """A source says that it answers before the work is done."""


class Plan(Struct, frozen=True):
    """An allowance: `requests` in `seconds`."""

    name: str
    requests: int
    seconds: int
    cite: Cite


class Credential(Struct, frozen=True, kw_only=True):
    """`kind` is bearer, basic, or the place of a key: header, query, cookie."""

    kind: str
    cite: Cite
    name: str = "Authorization"
    value_prefix: str = ""
    """What stands before the key in its header, when it is not Bearer."""


class Said(Struct, frozen=True):
    """A short text of one kind (a prefix, a place, a host, a scope), and where it is said."""

    kind: str
    text: str
    cite: Cite


class Signature(Struct, frozen=True, kw_only=True):
    cite: Cite
    algorithm: str = ""
    content: str = ""
    signature_header: str = ""
    timestamp_header: str = ""
    encoding: str = ""


class Note(Struct, frozen=True):
    """Something to tell the person: a contradiction (two cites) or a gap (a question to the vendor)."""

    kind: str
    message: str
    cites: tuple[Cite, ...] = ()

    def __str__(self) -> str:
        places = ", ".join(map(str, self.cites))
        return f"{places}: {self.message}" if places else self.message


class Facts(Struct):
    """All that one source says."""

    title: Said | None = None
    version: Said | None = None
    description: str = ""
    operations: list[Operation] = []
    requests: list[Request] = []
    """Examples that no operation of the source was told for."""
    mentions: list[Request] = []
    """Methods with paths in prose."""
    schemas: dict[str, list[Field]] = {}
    """Properties of what a page has a name for, by the name."""
    errors: list[Reply] = []
    """For all operations."""
    credentials: list[Credential] = []
    said: list[Said] = []
    plans: list[Plan] = []
    rate_headers: dict[str, Header] = {}
    """By role: limit, remaining, reset, retry_after."""
    signatures: list[Signature] = []
    notes: list[Note] = []

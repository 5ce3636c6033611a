"""What an API is, in frozen data: no I/O, no raw OpenAPI, no platform. Everything else reads this.

Names follow OpenAPI; durations are seconds, sizes bytes. Tuples keep the document's order.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct

from specloom.schemas.expressions import Expression
from specloom.schemas.problems import Problem

FieldLocation = Literal["path", "query", "header", "cookie", "body", "selector"]
FieldType = Literal["string", "integer", "number", "boolean", "object", "any", "file"]
Visibility = Literal["important", "advanced", "internal"]
ResultType = Literal["image", "audio", "video", "model3d", "text", "file", "none"]
FileForm = Literal["url", "base64", "binary"]

URL_FIELDS: Mapping[str, str] = {
    "image": "image_url",
    "audio": "audio_url",
    "video": "video_url",
    "model3d": "model_url",
    "file": "file_url",
}
"""Result type to the flat field that repeats the first item's URL."""


class Choice(Struct, frozen=True, kw_only=True):
    value: Any
    label: str
    description: str = ""


class Options(Struct, frozen=True, kw_only=True):
    """Choices that come from a call: `items` is the list in its reply, `value` and `label` are per element."""

    operation_id: str
    items: Expression
    value: Expression
    label: Expression


class Condition(Struct, frozen=True, kw_only=True):
    """The field counts only while its sibling `field` (a Field.name) holds one of `values`."""

    field: str
    values: tuple[Any, ...]


class Field(Struct, frozen=True, kw_only=True):
    """One input or one part of a reply.

    `name` is unique among its siblings; `pointer` says where the value goes: the wire name of a parameter, or
    the JSON Pointer in the body relative to the enclosing object ("" is the whole body). A field with location
    "selector" is never sent: it is the question which alternative of the document applies, and its siblings'
    `when` refers to it. `repeated` makes it a list of what the rest describes.
    """

    name: str
    location: FieldLocation = "body"
    pointer: str = ""
    title: str = ""
    description: str = ""
    type: FieldType = "string"
    format: str = ""
    required: bool = False
    nullable: bool = False
    read_only: bool = False
    deprecated: bool = False
    default: Any = None
    choices: tuple[Choice, ...] = ()
    open: bool = False
    """Values outside `choices` are fine too."""
    loose: bool = False
    """The document allows values of other kinds as well; this is the kind people can fill in most easily."""
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    multiple_of: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    min_items: int | None = None
    max_items: int | None = None
    example: Any = None
    secret: bool = False
    visibility: Visibility = "important"
    file: FileForm | None = None
    options: Options | None = None
    style: str = ""
    """Of a parameter or form field: form, simple, spaceDelimited, pipeDelimited, deepObject, label, matrix."""
    explode: bool = False
    allow_reserved: bool = False
    encoding: str = ""
    """Media type of this part of a multipart body, or of a parameter given by `content`."""
    fields: tuple[Field, ...] = ()
    """The properties of an object."""
    values: Field | None = None
    """What the values of free keys look like (additionalProperties); None with no `fields` means anything."""
    repeated: bool = False
    when: tuple[Condition, ...] = ()
    """All must hold."""
    exclusive: bool = False
    """Of a selector: fields of the other alternatives must not be sent."""
    inferred: str = ""
    """Why it stands here although the vendor does not document it."""


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


class Pagination(Struct, frozen=True, kw_only=True):
    style: Literal["page", "offset", "cursor", "link"]
    items: Expression
    parameter: str = ""
    size_parameter: str = ""
    next: Expression | None = None
    more: Expression | None = None


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


class Operation(Struct, frozen=True, kw_only=True):
    operation_id: str
    resource: str
    """The tag's name; `Service.resources` has its description."""
    name: str
    """Imperative, Title Case, for people: 'Generate an Image'."""
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
    scopes: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    public: bool = False
    """Needs no credential."""
    deprecated: bool = False
    sensitive: bool = False
    inferred: str = ""
    pointer: str = ""
    """Place in the document, for problems and reports."""

    @property
    def errors(self) -> tuple[Response, ...]:
        """Documented failures, in the document's order."""
        return tuple(r for r in self.responses if r.status[:1] in "45")

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD", "OPTIONS")

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


class Auth(Struct, frozen=True, kw_only=True):
    """kind apiKey: the key goes, with `value_prefix` before it, to `location`/`name`. http: scheme basic (bearer is
    given as apiKey in the Authorization header, which is what it is on the wire). oauth2: `flow` and its URLs."""

    id: str = ""
    """Its name among the document's security schemes."""
    kind: Literal["apiKey", "http", "oauth2", "none"] = "none"
    scheme: str = ""
    location: Literal["header", "query", "cookie"] = "header"
    name: str = "Authorization"
    value_prefix: str = ""
    key_prefix: str = ""
    placeholder: str = ""
    description: str = ""
    flow: Literal["", "authorizationCode", "clientCredentials", "password"] = ""
    authorization_url: str = ""
    token_url: str = ""
    refresh_url: str = ""
    scopes: tuple[Choice, ...] = ()

    def goes_to(self, location: str, name: str) -> bool:
        """Whether a parameter that the document gives beside it is where it goes; some repeat OAuth's as `token`."""
        low = name.lower()
        if location == "header" and self.kind != "none" and low == "authorization":
            return True
        if location == "header" and self.kind == "oauth2" and low == "token":
            return True
        return self.kind == "apiKey" and (location, low) == (self.location, self.name.lower())


class ConnectionTest(Struct, frozen=True, kw_only=True):
    """A call that tells a good key from a bad one. `inputs` by Field.name (or `body` as it is, where `raw_body`)."""

    operation_id: str
    inputs: Mapping[str, Any] = {}
    body: Any = None
    raw_body: bool = False
    valid: tuple[str, ...] = ("2XX",)
    invalid: tuple[str, ...] = ("401", "403")
    label: Expression | None = None


class ServerVariable(Struct, frozen=True, kw_only=True):
    name: str
    default: str = ""
    """'' means none: the user must say."""
    choices: tuple[str, ...] = ()
    description: str = ""
    inferred: str = ""


class Server(Struct, frozen=True, kw_only=True):
    url: str
    """May hold {variables}."""
    description: str = ""
    variables: tuple[ServerVariable, ...] = ()
    inferred: str = ""

    @property
    def base_url(self) -> str:
        """The URL with every default filled in, without a slash at its end; '' where a default is missing."""
        url = self.url
        for variable in self.variables:
            if f"{{{variable.name}}}" in url:
                if not variable.default:
                    return ""
                url = url.replace(f"{{{variable.name}}}", variable.default)
        return url.rstrip("/") if "://" in url else ""


class ErrorRules(Struct, frozen=True, kw_only=True):
    message: Expression | None = None
    types: Mapping[str, str] = {}
    retry_after: Expression | None = None


class RateLimit(Struct, frozen=True, kw_only=True):
    limit: Expression | float | None = None
    remaining: Expression | float | None = None
    reset: Expression | None = None
    requests: int | None = None
    """The smallest documented allowance: this many requests in `seconds`."""
    seconds: int | None = None
    plans: tuple[tuple[str, int, int], ...] = ()
    """(plan, requests, seconds)"""


class Resource(Struct, frozen=True, kw_only=True):
    name: str
    description: str = ""


class Service(Struct, frozen=True, kw_only=True, dict=True):
    key: str
    title: str
    description: str = ""
    version: str = ""
    contact: str = ""
    docs_url: str = ""
    servers: tuple[Server, ...] = ()
    auth: Auth = Auth()
    other_auths: tuple[Auth, ...] = ()
    connection: ConnectionTest | None = None
    errors: ErrorRules = ErrorRules()
    rate_limit: RateLimit | None = None
    signature: Signature | None = None
    resources: tuple[Resource, ...] = ()
    operations: tuple[Operation, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def base_url(self) -> str:
        """'' where the user must say it."""
        return self.servers[0].base_url if self.servers else ""

    def operation(self, operation_id: str) -> Operation | None:
        return self._by_id.get(operation_id)

    @cached_property
    def _by_id(self) -> Mapping[str, Operation]:
        """Made at the first question: large documents have ten thousand operations."""
        return {o.operation_id: o for o in self.operations}

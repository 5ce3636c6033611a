"""The service as a whole: where it is, how it is signed in to, and all it offers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct

from specloom.schemas.expressions import Expression
from specloom.schemas.model.fields import Choice
from specloom.schemas.model.operations import Operation, Signature, Trigger
from specloom.schemas.model.safe_reads import surest_read
from specloom.schemas.problems import Problem

_KEY_AS_USER = re.compile(
    r"(key|token|secret)\b[^.;]{0,60}\b(user ?name|user|login)\b"
    r"|\b(user ?name|user|login)\b[^.;]{0,60}\b(key|token|secret)",
    re.I,
)


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
    also: tuple[Auth, ...] = ()
    """Schemes that are needed together with this one: one connection holds the secrets of all."""
    optional: bool = False
    """Many operations of the connection work without it."""

    @property
    def schemes(self) -> tuple[Auth, ...]:
        """All whose secrets the connection holds."""
        return (self, *self.also)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(scheme.id for scheme in self.schemes)

    @property
    def user_is_secret(self) -> bool:
        """Whether the user name of HTTP Basic is itself the key, as the document describes it."""
        return self.kind == "http" and bool(_KEY_AS_USER.search(self.description))

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


class PackageOwner(Struct, frozen=True, kw_only=True):
    """Who publishes the packages, and where their source is; '' where nobody says."""

    repository: str = ""
    author: str = ""
    email: str = ""
    bugs: str = ""


class Service(Struct, frozen=True, kw_only=True, dict=True):
    key: str
    title: str
    description: str = ""
    version: str = ""
    contact: str = ""
    owner: PackageOwner = PackageOwner()
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

    @property
    def connections(self) -> tuple[Auth, ...]:
        """The ways to sign in, the usual one first."""
        return tuple(auth for auth in (self.auth, *self.other_auths) if auth.kind != "none")

    @property
    def generates(self) -> bool:
        """Generating is what it is for: most of what its operations write is made by them."""
        writing = [o for o in self.operations if o.writes and not (o.deprecated or o.sensitive)]
        return 2 * sum(o.generates for o in writing) > len(writing)

    def test_of(self, auth: Auth) -> ConnectionTest | None:
        """The call that tells a good secret of this way to sign in from a bad one: the service's, where it takes it."""
        known = self.connection
        operation = self.operation(known.operation_id) if known else None
        if operation is not None and operation.signed_by(auth.ids):
            return known
        return first_safe_read(self.operations, auth)

    def scopes_of(self, auth: Auth) -> tuple[Choice, ...]:
        """Of an OAuth2 scheme those that some operation needs, in the document's order; all where no operation says
        what it needs."""
        asked = [o for o in self.operations if not o.deprecated and o.security is not None]
        if not asked:
            return auth.scopes
        used = dict.fromkeys(scope for o in asked for scope in o.scopes_of(auth.id))
        declared = {str(choice.value) for choice in auth.scopes}
        missing = tuple(Choice(value=scope, label=scope) for scope in used if scope not in declared)
        return (*(choice for choice in auth.scopes if str(choice.value) in used), *missing)

    @cached_property
    def by_place(self) -> Mapping[tuple[str, str], Operation]:
        """Operations by method and path; made at the first question."""
        return {(o.method, o.path): o for o in self.operations}

    @cached_property
    def _by_id(self) -> Mapping[str, Operation]:
        """Made at the first question: large documents have ten thousand operations."""
        return {o.operation_id: o for o in self.operations}


def first_safe_read(operations: Iterable[Operation], auth: Auth) -> ConnectionTest | None:
    """The GET that surely needs the secrets of this way to sign in and nothing else; None for services without a
    credential."""
    found = surest_read(operations, auth.ids) if auth.kind != "none" else None
    return ConnectionTest(operation_id=found.operation_id) if found else None

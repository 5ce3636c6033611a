"""The service as a whole: where it is, how it is signed in to, and all it offers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct

from specloom.schemas.expressions import Expression
from specloom.schemas.model.fields import Choice
from specloom.schemas.model.operations import Operation, Signature, Trigger
from specloom.schemas.problems import Problem


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
    def by_place(self) -> Mapping[tuple[str, str], Operation]:
        """Operations by method and path; made at the first question."""
        return {(o.method, o.path): o for o in self.operations}

    @cached_property
    def _by_id(self) -> Mapping[str, Operation]:
        """Made at the first question: large documents have ten thousand operations."""
        return {o.operation_id: o for o in self.operations}

"""Whom a gateway key stands for. Tenants' keys call vendors; operators' keys look after the gateway and call none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flask import g, has_request_context

Role = Literal["tenant", "operator", "read_only"]
TENANT: Role = "tenant"
OPERATOR: Role = "operator"
READ_ONLY: Role = "read_only"
_NAMED = "t:"
_OTHERS = ("k:", "v:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`tenant` is None for operators; `key_id` is '' for a key of the environment. Empty `services` and `operations`
    (service/operation) are all there are."""

    name: str
    role: Role
    tenant: str | None = None
    key_id: str = ""
    services: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()

    @property
    def is_operator(self) -> bool:
        return self.role != TENANT

    def allows(self, service: str, operation: str) -> bool:
        named = not self.operations or f"{service}/{operation}" in self.operations
        return named and (not self.services or service in self.services)


def current() -> Identity | None:
    """Of the request's gateway key; None without one, and before it was looked at."""
    found: Identity | None = g.get("identity") if has_request_context() else None
    return found


def tenant_id(name: str) -> str:
    """`acme` as the ledger has it; the ids of unnamed tenants (k:…, v:…) stay."""
    return name if name.startswith((_NAMED, *_OTHERS)) else _NAMED + name


def tenant_name(tenant: str | None) -> str:
    """As people call it, and never anything of a key."""
    return (tenant or "").removeprefix(_NAMED)


UNNAMED = "unnamed"


def labelled(tenant: str) -> str:
    """For figures: its name, or one for all whom nobody named, whose number no one bounds."""
    return tenant.removeprefix(_NAMED) if tenant.startswith(_NAMED) else UNNAMED

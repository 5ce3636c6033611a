"""A vendor's key: where it stands in a request, how it is written there, and for whom a call goes out."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Protocol

from specloom.schemas.model import Auth, Operation, Service

Slot = tuple[str, str]
"""(header, query or cookie; name)"""
SentCredential = Mapping[Slot, str]
"""What goes where in a request; empty where there is no key."""


class Account(Protocol):
    """For whom a call goes out: the gateway's tenant, with the vendor key it calls with."""

    @property
    def tenant(self) -> str: ...

    @property
    def credential(self) -> SentCredential: ...

    @property
    def owner(self) -> str:
        """What the vendor tells its customers apart by: see `owner_of`."""


def slot_of(auth: Auth) -> Slot:
    return (auth.location, auth.name) if auth.kind == "apiKey" else ("header", "Authorization")


def credential_text(auth: Auth, key: str) -> str:
    """A bare key as it stands in the request."""
    if auth.kind == "http" and auth.scheme.lower() == "basic":
        return "Basic " + base64.b64encode(key.encode()).decode()
    if auth.kind == "apiKey":
        prefix = auth.value_prefix
        return key if prefix and key.lower().startswith(prefix.lower()) else prefix + key
    return key if " " in key else f"Bearer {key}"


def schemes_of(service: Service) -> dict[str, Auth]:
    """All schemes of all ways to sign in, by their names."""
    return {scheme.id: scheme for way in service.connections for scheme in way.schemes}


def taken_by(service: Service, operation: Operation, credential: SentCredential) -> SentCredential:
    """The part of a credential that the operation takes. Where it does not suffice, all that is of use goes along, so
    that the vendor says what is missing."""
    if operation.security is None:
        return credential
    slots = {name: slot_of(scheme) for name, scheme in schemes_of(service).items()}
    names = operation.signed_by([name for name, slot in slots.items() if slot in credential])
    if names is None:
        names = tuple(name for entry in operation.security for name in entry if name in slots)
    wanted = {slots[name] for name in names}
    return {slot: text for slot, text in credential.items() if slot in wanted}


def owner_of(credential: SentCredential) -> str:
    return "\0".join(credential.values())


def to_rows(credential: SentCredential) -> list[list[str]]:
    """As JSON, to be sealed in the ledger: [[location, name, text]]."""
    return [[location, name, text] for (location, name), text in credential.items()]


def from_rows(rows: Iterable[Iterable[str]]) -> dict[Slot, str]:
    return {(location, name): text for location, name, text in rows}

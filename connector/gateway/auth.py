"""Who calls: the tenant, and the vendor credential the call goes on with."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from flask import Request, g, request

from specloom.connector.access import audit
from specloom.connector.access.identity import READ_ONLY, Identity, tenant_id
from specloom.connector.access.keyring import CHALLENGE, PREFIXES, Keyring
from specloom.connector.errors import Refused
from specloom.connector.ledger import Ledger
from specloom.connector.ledger.tenants import TenantNames
from specloom.connector.network.masking import is_masked
from specloom.connector.settings import KEY_PREFIX, OPERATOR_PREFIX, Settings, variable
from specloom.connector.upstream.credentials import SentCredential, Slot, credential_text, owner_of, schemes_of, slot_of
from specloom.connector.upstream.services import Vendor
from specloom.connector.upstream.verified import VerifiedKeys

KEY_HEADER = "X-Specloom-Key"
TENANT_HEADER = "Specloom-Tenant"
"""Whom an operator's call is for."""
_READS = frozenset({"GET", "HEAD", "OPTIONS"})

_PLACES: Mapping[str, Callable[[Request], Mapping[str, str]]] = {
    "header": lambda request: request.headers,  # type: ignore[return-value,dict-item]
    "query": lambda request: request.args,
    "cookie": lambda request: request.cookies,
}


@dataclass(frozen=True)
class Caller:
    """`credential` maps each place of a request to the text that goes there; empty where there is none."""

    name_tenant: Callable[[], str]
    credential: SentCredential
    by_gateway_key: bool = False

    @cached_property
    def tenant(self) -> str:
        """Worked out when somebody asks: most calls leave nothing behind."""
        return self.name_tenant()

    @cached_property
    def owner(self) -> str:
        """As `specloom.connector.upstream.credentials.Account` has it."""
        return owner_of(self.credential)


class Authenticator:
    def __init__(self, settings: Settings, ledger: Ledger, verified: VerifiedKeys) -> None:
        self._settings = settings
        self._ledger, self._verified = ledger, verified
        self._names = TenantNames(ledger)
        tenants = {key: self._key_tenant(key, name) for key, name in settings.api_keys.items()}
        self.keyring = Keyring(ledger, settings, tenants)

    def _key_tenant(self, key: str, name: str) -> str:
        return f"t:{name}" if name else self._names.of("k:", "tenant key", key)

    def of(self, request: Request, vendor: Vendor, *, anywhere: bool = False) -> Caller:
        """Raises Refused (401). `anywhere`: a bearer key is the vendor's, wherever the vendor itself wants it."""
        tenant = self.tenant_of_key(request)
        if not anywhere and (identity := g.get("identity")) and identity.is_operator:
            hint = f"POST /run/{vendor.service.key}/… runs for the tenant named in {TENANT_HEADER}"
            raise Refused("forbidden", f"An operator's key reaches no vendor; {hint}")
        given = _given(request, vendor, anywhere)
        if tenant is None:
            g.caller = Caller(lambda: self.vendor_tenant(vendor.service.key, given), given)
            return g.caller  # type: ignore[no-any-return]
        given = given or dict(vendor.credential)
        return Caller(lambda: tenant, given, by_gateway_key=True)

    def vendor_tenant(self, service: str, credential: SentCredential) -> str:
        return self._names.of("v:", "tenant vendor", service, *credential.values())

    def identity(self, request: Request) -> Identity | None:
        """Of the call's gateway key; None where it has none. Raises Refused (401)."""
        key = request.headers.get(KEY_HEADER) or _bearer(request)
        g.identity = self.keyring.identify(key) if key else None
        found: Identity | None = g.identity
        return found

    def operator(self, request: Request) -> Identity:
        """The operator who calls, and may do what is asked. Raises Refused (401, 403)."""
        identity = self.identity(request)
        if identity is None:
            message = f"Send an operator's key in {KEY_HEADER}, or as Authorization: Bearer {OPERATOR_PREFIX}…"
            raise Refused("unauthorized", message, headers=CHALLENGE)
        if not identity.is_operator:
            raise Refused("forbidden", "This takes an operator's key")
        _refuse_writing(identity, request)
        return identity

    def tenant_of_key(self, request: Request) -> str | None:
        """The tenant of the gateway key, or the one an operator names; None where the call has no key and needs none.
        Raises Refused (401, 403)."""
        identity = self.identity(request)
        if identity is not None:
            g.tenant = identity.tenant or self._acting_for(identity, request)
            if g.tenant is None:
                message = f"An operator's key owns nothing: name the tenant in {TENANT_HEADER}"
                raise Refused("forbidden", message)
            if identity.is_operator and not self.keyring.knows_tenant(g.tenant):
                raise Refused("not_found", f"No key stands for the tenant {request.headers[TENANT_HEADER][:80]!r}")
            if identity.is_operator and request.method not in _READS:
                with self._ledger.write() as connection:
                    audit.record(connection, "operator.ran", f"{request.method} {request.path}", g.tenant)
            return str(g.tenant)
        if not self._settings.allow_vendor_keys and self.keyring.is_closed():
            message = f"Send a gateway key in {KEY_HEADER}, or as Authorization: Bearer {KEY_PREFIX}…"
            raise Refused("unauthorized", message, headers=CHALLENGE)
        return None

    def _acting_for(self, identity: Identity, request: Request) -> str | None:
        _refuse_writing(identity, request)
        name = request.headers.get(TENANT_HEADER, "").strip()
        return tenant_id(name) if name else None

    def tenants(self, request: Request, vendors: Mapping[str, Vendor]) -> list[str] | None:
        """Every tenant the call speaks for: with a gateway key one, with a vendor's key that key at each service; None
        for an operator who names none: all there are. Raises Refused (401, 403)."""
        identity = self.identity(request)
        if identity is not None and identity.is_operator:
            g.tenant = self._acting_for(identity, request)
            return None if g.tenant is None else [g.tenant]
        tenant = self.tenant_of_key(request)
        if tenant is not None:
            return [tenant]
        found = []
        for key, vendor in vendors.items():
            if given := _given(request, vendor, True):
                found.append(self.vendor_tenant(key, given))
        if not found:
            message = "Send the vendor's key, or a gateway key, in Authorization"
            raise Refused("unauthorized", message, headers=CHALLENGE)
        return found

    def uploader(self, request: Request) -> str:
        """As `anyone`, but that a vendor's key must have proven itself where strangers can reach the gateway: anybody
        can make one up. Raises Refused (401, 403)."""
        tenant = self.anyone(request)
        is_guess = tenant.startswith("v:") and self._is_reachable
        if is_guess and not self._verified.knows(request.headers.get("Authorization", "")):
            message = "A vendor's key uploads once a call with it has succeeded; or send a gateway key"
            raise Refused("forbidden", message)
        return tenant

    @property
    def _is_reachable(self) -> bool:
        """By more than this machine."""
        settings = self._settings
        return bool(settings.public_url or settings.trusted_proxies) or self.keyring.is_closed()

    def anyone(self, request: Request) -> str:
        """One tenant for what belongs to no service. Raises Refused (401, 403)."""
        tenant = self.tenant_of_key(request)
        if (identity := g.get("identity")) is not None and identity.role == READ_ONLY:
            raise Refused("forbidden", "This operator's key may not open files")
        if tenant is not None:
            return tenant
        given = request.headers.get("Authorization", "").strip()
        if not given:
            raise Refused("unauthorized", "Send a vendor's key, or a gateway key, in Authorization", headers=CHALLENGE)
        return self._names.of("v:", "tenant", given)


@dataclass(frozen=True, slots=True)
class CallerAccess:
    """Who makes the request at hand to /hooks, /events or /deliveries."""

    callers: Authenticator
    vendors: Mapping[str, Vendor]

    def tenants(self, services: Sequence[str] = ()) -> list[str] | None:
        """Of every service the call's key may belong to, or of `services`; None is all. Raises Refused (401)."""
        known = {key: vendor for key, vendor in self.vendors.items() if not services or key in services}
        return self.callers.tenants(request, known)

    def key_tenant(self) -> str:
        """Raises Refused (401) where there is no gateway key."""
        tenant = self.callers.tenant_of_key(request)
        if tenant is None:
            raise Refused("unauthorized", "This needs a gateway key (SPECLOOM_API_KEYS)")
        return tenant


def _refuse_writing(identity: Identity, request: Request) -> None:
    if identity.role == READ_ONLY and request.method not in _READS:
        raise Refused("forbidden", "This operator's key may only read")


def missing_key(caller: Caller, vendor: Vendor) -> Refused:
    """Of a call that needs a credential and has none. Whoever calls with a gateway key hears whose key is missing."""
    title = vendor.service.title
    if caller.by_gateway_key:
        message = f"This gateway holds no key for {title}: its operator sets {variable(vendor.service.key, 'api_key')}"
        return Refused("unauthorized", message, headers=CHALLENGE)
    return Refused("unauthorized", f"Send your {title} key in Authorization")


def is_gateway_key(text: str) -> bool:
    """Whether a header, query or cookie value holds a gateway key, bare, behind a scheme or as a basic credential."""
    words = text.split()
    if not words:
        return False
    if words[0].lower() == "basic":
        with suppress(ValueError):
            words += b64decode(words[-1], validate=True).decode("utf-8", "replace").split(":")
    return any(word.strip("\"'").startswith(PREFIXES) for word in words)


def _bearer(request: Request) -> str | None:
    """The gateway key in Authorization, if it is one."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip().startswith(PREFIXES) else None


def _given(request: Request, vendor: Vendor, anywhere: bool) -> dict[Slot, str]:
    """The vendor's credential as the call carries it."""
    found: dict[Slot, str] = {}
    service = vendor.service
    for auth in schemes_of(service).values():
        location, name = slot_of(auth)
        text = _PLACES[location](request).get(name)
        if text and not is_gateway_key(text) and not is_masked(text):
            found[(location, name)] = text
    if not found and anywhere and service.auth.kind != "none":
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and key.strip() and not is_gateway_key(key):
            found[slot_of(service.auth)] = credential_text(service.auth, key.strip())
    return found

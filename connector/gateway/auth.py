"""Who calls: the tenant, and the vendor credential the call goes on with."""

from __future__ import annotations

import hmac
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from flask import Request, request

from specloom.connector.errors import Refused
from specloom.connector.ledger import Ledger
from specloom.connector.ledger.tenants import TenantNames
from specloom.connector.settings import KEY_PREFIX, Settings, variable
from specloom.connector.upstream.credentials import Credential, Slot, credential_text, owner_of, slot_of
from specloom.connector.upstream.services import Vendor
from specloom.connector.upstream.verified import VerifiedKeys

KEY_HEADER = "X-Specloom-Key"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="specloom"'}

_PLACES: Mapping[str, Callable[[Request], Mapping[str, str]]] = {
    "header": lambda request: request.headers,  # type: ignore[return-value,dict-item]
    "query": lambda request: request.args,
    "cookie": lambda request: request.cookies,
}


@dataclass(frozen=True)
class Caller:
    """`credential` maps each place of a request to the text that goes there; empty where there is none."""

    name_tenant: Callable[[], str]
    credential: Credential
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
        self._verified = verified
        self._names = TenantNames(ledger)
        self._tenants = {key: self._key_tenant(key, name) for key, name in settings.api_keys.items()}

    def _key_tenant(self, key: str, name: str) -> str:
        return f"t:{name}" if name else self._names.of("k:", "tenant key", key)

    def of(self, request: Request, vendor: Vendor, *, anywhere: bool = False) -> Caller:
        """Raises Refused (401). `anywhere`: a bearer key is the vendor's, wherever the vendor itself wants it."""
        tenant = self.tenant_of_key(request)
        given = _given(request, vendor, anywhere)
        if tenant is None:
            return Caller(lambda: self.vendor_tenant(vendor.service.key, given), given)
        if not given and vendor.credential:
            given = {slot_of(vendor.service.auth): vendor.credential}
        return Caller(lambda: tenant, given, by_gateway_key=True)

    def vendor_tenant(self, service: str, credential: Credential) -> str:
        return self._names.of("v:", "tenant vendor", service, *credential.values())

    def tenant_of_key(self, request: Request) -> str | None:
        """The tenant of the gateway key; None where the call has none and needs none. Raises Refused (401)."""
        key = request.headers.get(KEY_HEADER) or _bearer(request)
        if key:
            for known, tenant in self._tenants.items():
                if hmac.compare_digest(known.encode(), key.encode()):
                    return tenant
            raise Refused("unauthorized", "This gateway key is not known", headers=_CHALLENGE)
        if self._settings.api_keys and not self._settings.allow_vendor_keys:
            message = f"Send a gateway key in {KEY_HEADER}, or as Authorization: Bearer {KEY_PREFIX}…"
            raise Refused("unauthorized", message, headers=_CHALLENGE)
        return None

    def tenants(self, request: Request, vendors: Mapping[str, Vendor]) -> list[str]:
        """Every tenant the call speaks for: with a gateway key one, with a vendor's key that key at each service.
        Raises Refused (401)."""
        tenant = self.tenant_of_key(request)
        if tenant is not None:
            return [tenant]
        found = []
        for key, vendor in vendors.items():
            if given := _given(request, vendor, True):
                found.append(self.vendor_tenant(key, given))
        if not found:
            message = "Send the vendor's key, or a gateway key, in Authorization"
            raise Refused("unauthorized", message, headers=_CHALLENGE)
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
        return bool(settings.api_keys or settings.public_url or settings.trusted_proxies)

    def anyone(self, request: Request) -> str:
        """One tenant for what belongs to no service. Raises Refused (401)."""
        tenant = self.tenant_of_key(request)
        if tenant is not None:
            return tenant
        given = request.headers.get("Authorization", "").strip()
        if not given:
            raise Refused("unauthorized", "Send a vendor's key, or a gateway key, in Authorization", headers=_CHALLENGE)
        return self._names.of("v:", "tenant", given)


@dataclass(frozen=True, slots=True)
class CallerAccess:
    """Who makes the request at hand to /hooks, /events or /deliveries."""

    callers: Authenticator
    vendors: Mapping[str, Vendor]

    def tenants(self, services: Sequence[str] = ()) -> list[str]:
        """Of every service the call's key may belong to, or of `services`. Raises Refused (401)."""
        known = {key: vendor for key, vendor in self.vendors.items() if not services or key in services}
        return self.callers.tenants(request, known)

    def key_tenant(self) -> str:
        """Raises Refused (401) where there is no gateway key."""
        tenant = self.callers.tenant_of_key(request)
        if tenant is None:
            raise Refused("unauthorized", "This needs a gateway key (SPECLOOM_API_KEYS)")
        return tenant


def missing_key(caller: Caller, vendor: Vendor) -> Refused:
    """Of a call that needs a credential and has none. Whoever calls with a gateway key hears whose key is missing."""
    title = vendor.service.title
    if caller.by_gateway_key:
        message = f"This gateway holds no key for {title}: its operator sets {variable(vendor.service.key, 'api_key')}"
        return Refused("unauthorized", message, headers=_CHALLENGE)
    return Refused("unauthorized", f"Send your {title} key in Authorization")


def is_gateway_key(text: str) -> bool:
    """Whether a header, query or cookie value holds a gateway key, bare, behind a scheme or as a basic credential."""
    words = text.split()
    if not words:
        return False
    if words[0].lower() == "basic":
        with suppress(ValueError):
            words += b64decode(words[-1], validate=True).decode("utf-8", "replace").split(":")
    return any(word.strip("\"'").startswith(KEY_PREFIX) for word in words)


def _bearer(request: Request) -> str | None:
    """The gateway key in Authorization, if it is one."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip().startswith(KEY_PREFIX) else None


def _given(request: Request, vendor: Vendor, anywhere: bool) -> dict[Slot, str]:
    """The vendor's credential as the call carries it."""
    found: dict[Slot, str] = {}
    service = vendor.service
    for auth in (service.auth, *service.other_auths):
        if auth.kind == "none":
            continue
        location, name = slot_of(auth)
        text = _PLACES[location](request).get(name)
        if text and not is_gateway_key(text):
            found[(location, name)] = text
    if not found and anywhere and service.auth.kind != "none":
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and key.strip() and not is_gateway_key(key):
            found[slot_of(service.auth)] = credential_text(service.auth, key.strip())
    return found

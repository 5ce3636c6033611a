"""The services this gateway stands for: their documents, and what the operator says about each."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from specloom.connector.network.masking import Masks, masks_of
from specloom.connector.settings import PREFIX, Settings, check_url, gateway_variables, read_number, variable
from specloom.connector.upstream.credentials import SentCredential, credential_text, schemes_of, slot_of
from specloom.connector.upstream.egress import AllowedHosts, allowed_hosts
from specloom.schemas.interpretation import DocumentToRead, GivenDocument, interpret
from specloom.schemas.load import bundled
from specloom.schemas.model import Auth, Operation, Server, Service
from specloom.schemas.problems import SpecloomError

RESERVED = frozenset(
    "run hooks jobs events deliveries inbound files metrics healthz readyz openapi.json "
    "services keys tenants quotas audit console".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackVerification:
    """How a service's callbacks are verified. `secrets` are HMAC keys, two while one is being replaced."""

    secrets: tuple[bytes, ...] = ()
    encoding: str = ""
    """'' is the document's."""
    tolerance: float | None = None


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """One service as this gateway reaches it. `root` is what `/<key>` stands for: a base URL without the path
    that the document's server has."""

    service: Service
    base_url: str = ""
    root: str = ""
    missing: str = ""
    """What to set, where there is no base URL."""
    credential: SentCredential = field(default_factory=dict)
    """Of the keys that are kept here."""
    timeout: float | None = None
    doorbell: CallbackVerification = field(default_factory=CallbackVerification)
    allowance: tuple[int, float] | None = None
    """(requests, seconds) instead of the documented limit; (0, 0) is none."""
    egress: AllowedHosts = AllowedHosts()

    @cached_property
    def masks(self) -> Masks | None:
        """What no reply may tell."""
        return masks_of(self.credential)

    def base_of(self, operation: Operation) -> str:
        """Where the operation is called; its own server moves along with an overridden base URL."""
        if not operation.server:
            return self.base_url
        own = urlsplit(operation.server)
        moved = self.root != _origin(self.service.base_url)
        return f"{self.root}{own.path.rstrip('/')}" if moved else operation.server.rstrip("/")


def load_services(documents: Iterable[GivenDocument]) -> dict[str, Service]:
    """The bundled services and those of `documents`, which replace a bundled one of the same key. Raises SpecloomError
    for a key of the gateway's own, and for one that two documents have."""
    services = {key: interpret(path).service for key, path in bundled().items()}
    own: dict[str, Path] = {}
    for document in documents:
        path = Path(document.path) if isinstance(document, DocumentToRead) else document
        service = interpret(document).service
        if other := own.get(service.key):
            hint = "set x-specloom.key at the root of one of them"
            raise SpecloomError(f"{other.name} and {path.name} both have the key {service.key!r}", hint=hint)
        own[service.key] = path
        if service.key in RESERVED:
            hint = "set x-specloom.key at the root of the document"
            raise SpecloomError(f"the key {service.key!r} is one of the gateway's own paths", hint=hint)
        services[service.key] = service
    return services


def vendors(services: Mapping[str, Service], settings: Settings) -> dict[str, Vendor]:
    """Raises SpecloomError where a variable of a service is wrong."""
    return {key: _vendor(service, settings.environ) for key, service in services.items()}


_NAMES = ("base_url", "api_key", "timeout", "rate_limit", "egress")
_WEBHOOK_NAMES = ("secret", "secret_form", "encoding", "tolerance")


def misspelt(services: Mapping[str, Service], environ: Mapping[str, str]) -> list[str]:
    """Variables of ours that nothing reads: those that name a service and nothing that can be set of it, and those
    that name neither a service nor anything of the gateway's."""
    prefixes = tuple(variable(key, "") for key in services)
    found = [
        name for name in environ
        if name.startswith(PREFIX) and not name.startswith(prefixes) and name not in gateway_variables()
    ]  # fmt: skip
    for key, service in services.items():
        known = {variable(key, name) for name in (*_NAMES, *_keys(service))} | {
            variable(key, "webhook", name) for name in _WEBHOOK_NAMES
        }
        known |= {variable(key, item.name) for server in service.servers for item in server.variables}
        prefix = variable(key, "")
        longer = tuple(
            variable(other, "") for other in services if variable(other, "").startswith(prefix) and other != key
        )
        mine = (name for name in environ if name.startswith(prefix) and not (longer and name.startswith(longer)))
        found += [name for name in mine if name not in known]
    return sorted(found)


def _vendor(service: Service, environ: Mapping[str, str]) -> Vendor:
    def value(name: str) -> str:
        return environ.get(variable(service.key, name), "").strip()

    server = service.servers[0] if service.servers else Server(url="")
    base_url, missing = _base_url(service, server, environ)
    path = _path_of(server)
    timeout = value("timeout")
    egress = allowed_hosts(variable(service.key, "egress"), value("egress"))
    if base_url and (complaint := egress.complaint(base_url)):
        raise SpecloomError(complaint, hint=f"{service.title} is called there")
    return Vendor(
        service=service,
        base_url=base_url,
        root=base_url.removesuffix(path) if path else base_url,
        missing=missing,
        credential={
            slot_of(scheme): credential_text(scheme, value(name))
            for name, scheme in _keys(service).items()
            if value(name)
        },
        timeout=read_number(variable(service.key, "timeout"), timeout, float, 0.1, 3600) if timeout else None,
        doorbell=_doorbell(service, environ),
        allowance=_allowance(variable(service.key, "rate_limit"), value("rate_limit")),
        egress=egress,
    )


def _keys(service: Service) -> dict[str, Auth]:
    """The variable that holds the key of each scheme: `api_key`, and of further schemes one of the scheme's name."""
    found = schemes_of(service)
    usual = service.auth.id
    return {("api_key" if name == usual else setting_of(name)): scheme for name, scheme in found.items()}


def setting_of(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()).strip("_")


def _path_of(server: Server) -> str:
    rest = server.url.partition("://")[2] if "://" in server.url else server.url
    path = rest[rest.find("/") :] if "/" in rest else ""
    for item in server.variables:
        path = path.replace(f"{{{item.name}}}", item.default or f"{{{item.name}}}")
    return path.rstrip("/")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _base_url(service: Service, server: Server, environ: Mapping[str, str]) -> tuple[str, str]:
    """The base URL, or '' and what to set."""
    name = variable(service.key, "base_url")
    if given := environ.get(name, "").strip():
        url = check_url(name, given)
        # A bare host means the whole server: the document's path belongs to it.
        return (url if urlsplit(url).path.strip("/") else url + _path_of(server)), ""
    url = server.url
    wanted: list[str] = []
    for item in server.variables:
        setting = variable(service.key, item.name)
        text = _server_variable(setting, environ.get(setting, "").strip(), url) or item.default
        if not text:
            wanted.append(setting)
        url = url.replace(f"{{{item.name}}}", text)
    if wanted or "://" not in url:
        return "", " and ".join(wanted) or name
    return check_url(name, url), ""


def _server_variable(name: str, given: str, url: str) -> str:
    scheme = url.partition("://")[0] + "://"
    text = given.removeprefix(scheme).rstrip("/")
    if re.search(r"[\s/?#@\\]", text):
        raise SpecloomError(f"{name} is {given[:80]!r}", hint="give the bare name, such as api.example.com")
    return text


def _doorbell(service: Service, environ: Mapping[str, str]) -> CallbackVerification:
    def value(name: str) -> str:
        return environ.get(variable(service.key, "webhook", name), "").strip()

    encoding, form = value("encoding").lower(), value("secret_form").lower() or "text"
    for name, given, known in (("encoding", encoding, ("", "hex", "base64")), ("secret_form", form, tuple(_FORMS))):
        if given not in known:
            hint = "or".join(f" {k} " for k in known if k).strip()
            raise SpecloomError(f"{variable(service.key, 'webhook', name)} is {given[:40]!r}", hint=hint)
    name = variable(service.key, "webhook", "tolerance")
    tolerance = value("tolerance")
    return CallbackVerification(
        secrets=tuple(_secret(service, text, form) for text in value("secret").split(",") if text.strip()),
        encoding=encoding,
        tolerance=read_number(name, tolerance, float, 1, 86400) if tolerance else None,
    )


_FORMS: Mapping[str, Callable[[str], bytes]] = {
    "text": lambda text: text.encode(),
    "hex": bytes.fromhex,
    "base64": lambda text: base64.b64decode(text, validate=True),
}
"""How the bytes of an HMAC key are written."""


def _secret(service: Service, text: str, form: str) -> bytes:
    try:
        secret = _FORMS[form](text.strip())
    except ValueError:
        name = variable(service.key, "webhook", "secret")
        raise SpecloomError(
            f"{name} is not {form}", hint=f"see {variable(service.key, 'webhook', 'secret_form')}"
        ) from None
    if len(secret) < 16:
        raise SpecloomError(f"{variable(service.key, 'webhook', 'secret')} is too short", hint="16 bytes or more")
    return secret


def _allowance(name: str, text: str) -> tuple[int, float] | None:
    """'100/3600' to (100, 3600), 'off' to (0, 0)."""
    if not text:
        return None
    if text.lower() == "off":
        return (0, 0)
    match = re.fullmatch(r"(\d{1,9})/(\d{1,7})", text)
    if not match or not int(match[1]) or not int(match[2]):
        raise SpecloomError(f"{name} is {text[:40]!r}", hint="give REQUESTS/SECONDS, such as 60/60, or off")
    return int(match[1]), float(match[2])

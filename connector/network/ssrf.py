"""The guard on every URL a stranger can name: hook targets, callbacks, files to download.

A name is looked up once, every answer is checked, and the checked address is the one that is dialled; no proxy from
the environment and no redirect can lead around it. ssrfguard decides about addresses; this adds the allow-list by
name, https, and the urllib3 pool that dials.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import urlsplit

import requests
import ssrfguard
import urllib3
from requests.adapters import HTTPAdapter
from ssrfguard import AddressTable, BlockedAddressError, BlockedURLError, Policy, Resolver, SSRFGuardError
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from specloom.connector.network.deadline import TimedConnection
from specloom.schemas.document.reading.addresses import ALL_DENIED, NOTHING_DENIED, denied_addresses
from specloom.schemas.problems import SpecloomError

MAX_URL = 2000
_INSIDE = "The URL leads to an address that is not public; an administrator can put its host on the allow-list"
_ANY_PORT = frozenset(range(1, 65536))
_NAME = re.compile(r"[\w.-]+")
_WITH_PORT = re.compile(r"([^:\[\]]+|\[[^\[\]]+\]):(\d{1,5})")
ALLOW = "SPECLOOM_HOOK_ALLOW"
DENY = "SPECLOOM_HOOK_DENY"
Network = IPv4Network | IPv6Network

__all__ = ["Guard", "RefusedURL", "SSRFGuardError"]


class RefusedURL(ValueError):
    """The URL may not be called. `str()` says why, for the person who gave it."""


Ports = frozenset[int] | None
"""None is all of them."""


@dataclass(frozen=True)
class Guard:
    """`allow` lists host names ("n8n", "localhost"), addresses and networks ("192.168.1.0/24") that are fine although
    they are not public, and for which plain http is fine too, each at any port, or at the one behind it ("n8n:5678").
    Anything else is called at port 443, and at 80 with `allow_http`. `deny` lists networks that are never fine, unless
    `allow` has them. `resolver` stands in for socket.getaddrinfo. Raises SpecloomError."""

    allow: tuple[str, ...] = ()
    allow_http: bool = False
    resolver: Resolver | None = None
    deny: tuple[str, ...] = ()
    names: Mapping[str, Ports] = field(init=False)
    networks: Mapping[Network, Ports] = field(init=False)
    _policies: dict[tuple[bool, tuple[Network, ...]], Policy] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        networks, names = _split(self.allow)
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "networks", networks)
        object.__setattr__(self, "_policies", {})
        self._usual  # noqa: B018 - what is wrong with `deny` is said at once

    @cached_property
    def _usual(self) -> AddressTable:
        try:
            return denied_addresses(tuple(text.strip() for text in self.deny if text.strip()))
        except ValueError as error:
            raise SpecloomError(f"{DENY}: {error}", hint="write networks such as 2001:db8::/32") from None

    @cached_property
    def open_policy(self) -> Policy:
        """For the names on the allow-list: wherever they lead."""
        return Policy(denied_networks=NOTHING_DENIED, allowed_ports=_ANY_PORT, max_url_length=MAX_URL)

    def policy_for(self, host: str, port: int) -> Policy:
        """Raises RefusedURL where nothing may be called at that port."""
        name = host.lower().rstrip(".")
        if name in self.names and _covers(self.names[name], port):
            return self.open_policy
        networks = tuple(network for network, ports in self.networks.items() if _covers(ports, port))
        usual = port == 443 or (port == 80 and self.allow_http)
        if not usual and not networks:
            raise RefusedURL(
                f"Port {port} is not allowed; an administrator can put {name[:80]}:{port} on the allow-list"
            )
        known = self._policies.get((usual, networks))
        if known is None:
            known = self._policies[usual, networks] = Policy(
                denied_networks=self._usual if usual else ALL_DENIED, allowed_networks=networks,
                allowed_ports=_ANY_PORT, max_redirects=0, max_url_length=MAX_URL,
            )  # fmt: skip
        return known

    def check(self, url: str, *, resolve: bool = True) -> None:
        """Raises RefusedURL. A name that does not resolve now is no reason: it is checked again when dialled."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
            if "[" in parts.netloc and ":" not in host:  # an address of a version to come, which others take for a name
                raise ValueError(host)
            target = self.open_policy.check_url(url)
            policy = self.policy_for(host, target.port)
            policy.check_url(url)
        except RefusedURL:
            raise
        except (ValueError, SSRFGuardError) as error:
            raise RefusedURL(_reason(error)) from None
        if policy is not self.open_policy and f".{host.lower().rstrip('.')}".endswith(".localhost"):
            raise RefusedURL(_INSIDE)
        if target.scheme != "https" and not self._plain(target.host, policy):
            raise RefusedURL("The URL must start with https://")
        if not resolve:
            return
        try:
            ssrfguard.resolve(target, policy=policy, resolver=self.resolver)
        except SSRFGuardError as error:
            raise RefusedURL(_reason(error)) from None
        except OSError:
            return

    def _plain(self, host: str, policy: Policy) -> bool:
        if self.allow_http or policy is self.open_policy:
            return True
        try:
            address = ip_network(host)
        except ValueError:
            return False
        return any(
            network.version == address.version and address.subnet_of(network)  # type: ignore[arg-type]
            for network in policy.allowed_networks
        )

    def pool(self, **options: Any) -> urllib3.PoolManager:
        """A urllib3 pool that dials only what `check` lets through. `options` as PoolManager takes them."""
        manager = urllib3.PoolManager(**options)
        manager.pool_classes_by_scheme = _pool_classes(self)
        return manager

    def session(self) -> requests.Session:
        """The same for requests; nothing from the environment (proxies, .netrc) applies. Callers pass
        `allow_redirects=False` and call `check` first, since the scheme is not the socket's to judge."""
        session = requests.Session()
        session.trust_env = False
        session.max_redirects = 0
        adapter = _Adapter(self)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session

    def dial(self, connection: HTTPConnection) -> socket.socket:
        """The socket for urllib3's connection: one lookup, every answer checked, the checked address dialled.

        Raises SSRFGuardError, or what urllib3 raises where there is no way to connect."""
        host = connection._dns_host  # what urllib3 itself would look up, a trailing dot included
        policy = self.policy_for(host, connection.port or 0)
        literal = f"[{host}]" if ":" in host else host
        target = policy.check_url(f"http://{literal}:{connection.port}/")
        timeout = connection.timeout if isinstance(connection.timeout, int | float) else None
        try:
            addresses = ssrfguard.resolve(target, policy=policy, resolver=self.resolver)
            return ssrfguard.connect(
                addresses, policy=policy, timeout=timeout, socket_options=connection.socket_options
            )
        except socket.gaierror as error:
            raise NameResolutionError(connection.host, connection, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(connection, f"No connection to {connection.host} in time") from error
        except OSError as error:
            raise NewConnectionError(connection, f"No connection to {connection.host}: {error}") from error


class _Adapter(HTTPAdapter):
    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _pool_classes(self._guard)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        try:
            self._guard.check(request.url or "", resolve=False)
        except RefusedURL as error:
            raise requests.exceptions.InvalidURL(str(error), request=request) from None
        return super().send(request, *args, **options)


def _pool_classes(guard: Guard) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3 has no way to hand a value down to a connection: the classes carry the guard."""

    class Plain(TimedConnection, HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return guard.dial(self)

    class Secure(TimedConnection, HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return guard.dial(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _covers(ports: Ports, port: int) -> bool:
    return ports is None or port in ports


def _split(allow: Iterable[str]) -> tuple[dict[Network, Ports], dict[str, Ports]]:
    """Networks and names, each with its ports; "localhost" is the loopback networks too."""
    networks: dict[Network, Ports] = {}
    names: dict[str, Ports] = {}
    for entry in (text.strip().lower() for text in allow):
        if not entry:
            continue
        host, ports = _port_of(entry)
        try:
            _put(networks, ip_network(host.strip("[]"), strict=False), ports)
        except ValueError:
            if not _NAME.fullmatch(host):
                raise SpecloomError(
                    f"{ALLOW}: '{entry[:80]}' is no host name, address or network",
                    hint="write for example localhost, n8n:5678 or 192.168.1.0/24",
                ) from None
            _put(names, host.rstrip("."), ports)
        if host == "localhost":
            _put(networks, ip_network("127.0.0.0/8"), ports)
            _put(networks, ip_network("::1/128"), ports)
    return networks, names


def _put(places: dict[Any, Ports], place: Any, ports: Ports) -> None:
    """One place may be named with several ports."""
    before = places.get(place, frozenset())
    places[place] = None if before is None or ports is None else before | ports


def _port_of(entry: str) -> tuple[str, Ports]:
    found = _WITH_PORT.fullmatch(entry)
    if found is None or not 1 <= int(found[2]) <= 65535:
        return entry, None
    return found[1], frozenset({int(found[2])})


def _reason(error: Exception) -> str:
    if isinstance(error, BlockedAddressError):
        return _INSIDE
    if isinstance(error, BlockedURLError):
        return (
            f"The URL may not be called: {error.reason.splitlines()[0][:300]}"  # never the URL, which may be a secret
        )
    return "This is no URL"

"""How the commands of operators reach a gateway: over its API, or through the same routes on the ledger itself."""

from __future__ import annotations

import getpass
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, Protocol

import click

from specloom.schemas.problems import SpecloomError

URL, KEY = "SPECLOOM_URL", "SPECLOOM_KEY"
_SECONDS = 30


class Client(Protocol):
    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The reply's JSON; None where it has none. Raises SpecloomError with the gateway's own words."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the ledger or the gateway is, as the options say."""

    url: str | None
    key: str | None
    tenant: str | None
    data: Path | None
    database_url: str | None

    def client(self, *, documents: tuple[Path, ...] | None = None) -> Client:
        """`documents`: services are needed, the bundled ones and these. Raises SpecloomError."""
        if self.url:
            return RemoteClient(self.url, self.key, self.tenant)
        return LedgerClient(self, documents)


def reaching(command: Callable[..., None]) -> Callable[..., None]:
    """Options that say where; the command gets a Reach in their place."""

    @wraps(command)
    def called(
        url: str | None, key: str | None, tenant: str | None, data: Path | None, database_url: str | None, **given: Any
    ) -> None:
        command(Reach(url, key, tenant, data, database_url), **given)

    options = (
        click.option("--url", envvar=URL, help=f"A gateway's address, to work over its API. [{URL}]"),
        click.option("--key", envvar=KEY, help=f"An operator's key for --url; better from the environment. [{KEY}]"),
        click.option("--tenant", help="Only what is this tenant's."),
        click.option("--data", type=click.Path(path_type=Path), help="Folder of the SQLite file and the secret key."),
        click.option("--database-url", help="postgresql://… or sqlite:///file, as the gateway has it."),
    )
    for option in reversed(options):
        called = option(called)
    return called


class RemoteClient:
    def __init__(self, url: str, key: str | None, tenant: str | None) -> None:
        from specloom.connector.settings import check_url

        if not key:
            raise SpecloomError(f"no key for {url}", hint=f"set {KEY}=sok_… (specloom keys create NAME --operator)")
        self._url = check_url("--url", url)
        self._headers = {"X-Specloom-Key": key, **({"Specloom-Tenant": tenant} if tenant else {})}

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        import requests

        try:
            reply = requests.request(
                method, self._url + path, json=body, params=_given(query), headers=self._headers, timeout=_SECONDS,
                allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException as error:
            raise SpecloomError(f"{self._url} cannot be reached: {type(error).__name__}") from None
        return _read(reply.status_code, reply.content)


class LedgerClient:
    """A gateway within this process that serves nobody else, called with a key that only it knows."""

    def __init__(self, reach: Reach, documents: tuple[Path, ...] | None) -> None:
        from specloom.connector.server.wiring import build
        from specloom.connector.settings import read_settings
        from specloom.connector.upstream.services import load_services

        key = f"sok_{secrets.token_urlsafe(32)}"
        settings = read_settings(data=reach.data, database_url=reach.database_url)
        settings = replace(
            settings, operator_keys={**settings.operator_keys, key: operator_name()},
            environ={**settings.environ, "SPECLOOM_HOOK_DISPATCH": "worker"},
        )  # fmt: skip
        services = {} if documents is None else load_services(documents)
        self._process = build(settings, services=services)
        self._headers = {"X-Specloom-Key": key, **({"Specloom-Tenant": reach.tenant} if reach.tenant else {})}

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        caller = self._process.app.test_client()
        reply = caller.open(path, method=method, json=body, query_string=_given(query), headers=self._headers)
        return _read(reply.status_code, reply.get_data())


def operator_name() -> str:
    """Whoever works on this machine, as the audit has it."""
    try:
        return f"cli:{getpass.getuser()}"
    except (ImportError, KeyError, OSError):  # an account without a name, as in many containers
        return f"cli:{os.getuid()}" if hasattr(os, "getuid") else "cli"


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _read(status: int, data: bytes) -> Any:
    from specloom.connector.errors import loads

    try:
        value = loads(data) if data else None
    except ValueError:
        value = None
    if 200 <= status < 300:
        return value
    error = value.get("error") if isinstance(value, dict) else None
    message = error.get("message") if isinstance(error, dict) else f"the gateway answered with {status}"
    raise SpecloomError(str(message))

"""What the gateway is told: flags before environment before defaults; refused in one line when wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from specloom.connector.ledger.vault import SHORTEST
from specloom.schemas.problems import SpecloomError

PREFIX = "SPECLOOM_"
KEY_PREFIX = "slk_"
OPERATOR_PREFIX = "sok_"
READ_ONLY_MARK = ":read-only"
"""Behind the name of an operator who changes nothing, and is shown no inputs and results."""
TRUE = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Times are seconds, sizes bytes. `environ` is what other rooms read their own variables from."""

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    threads: int = 128
    tenant_calls: int = 0
    """Of one tenant in flight at once, for each process; 0: as many as leave room for others."""
    waiters: int = 1000
    """Calls that wait for jobs at once, for each process; one more is answered 202."""
    data: Path = Path("specloom-data")
    database_url: str = ""
    """'' is a SQLite file in `data`."""
    secret_key: str = ""
    """'' is a file in `data`, made at the first start."""
    api_keys: Mapping[str, str] = field(default_factory=dict)
    """Gateway key to its tenant's name; '' where it has none and the key itself is the tenant."""
    operator_keys: Mapping[str, str] = field(default_factory=dict)
    """Operator key to its name, which ends with READ_ONLY_MARK where it may only look."""
    allow_vendor_keys: bool = False
    """With gateway keys configured, whether calls that bring only the vendor's key are served too."""
    public_url: str = ""
    trusted_proxies: int = 0
    wait: float = 55
    """How long /run holds a call without `Prefer: wait`."""
    max_wait: float = 300
    timeout: float = 60
    """For the vendor's reply to a call the document gives no duration."""
    patience: float = 10
    """How long a call waits for its turn under the vendor's rate limit."""
    slow: float = 10
    """Synchronous operations documented to take longer than this run as jobs."""
    body_size: int = 64 * 2**20
    body_parts: int = 1_000_000
    """Texts, lists, objects and commas of a JSON body: small ones take thirty times their size in memory."""
    file_size: int = 100 * 2**20
    file_ttl: float = 86400
    tenant_storage: int = 10 * 2**30
    """Of the files of a tenant that has no quota of them; 0: as many as there is room for."""
    retention: float = 30 * 86400
    """How long finished jobs and their results are kept."""
    job_slots: int = 64
    """Jobs that are at the vendor at the same moment, for each process."""
    grace: float = 90
    """How long a stop waits for running calls."""
    log_format: str = "json"
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """How the outside reaches the gateway, '' where nobody said."""
        return self.public_url.rstrip("/")

    @property
    def ledger_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data / 'ledger.sqlite3'}"


_NUMBERS: Mapping[str, tuple[type, float, float]] = {
    "port": (int, 0, 65535),
    "workers": (int, 1, 64),
    "threads": (int, 2, 1024),
    "tenant_calls": (int, 0, 1024),
    "waiters": (int, 0, 8000),
    "trusted_proxies": (int, 0, 10),
    "wait": (float, 0, 3600),
    "max_wait": (float, 0, 3600),
    "timeout": (float, 0.1, 3600),
    "patience": (float, 0, 600),
    "slow": (float, 0, 3600),
    "body_size": (int, 1024, 2**31),
    "body_parts": (int, 1000, 10**9),
    "file_size": (int, 1024, 2**40),
    "file_ttl": (float, 1, 30 * 86400),
    "tenant_storage": (int, 0, 2**53),
    "retention": (float, 60, 10 * 365 * 86400),
    "job_slots": (int, 1, 1024),
    "grace": (float, 1, 3600),
}
"""Setting to its type, least and most."""
_TEXTS = ("host", "database_url", "secret_key", "public_url", "log_format")


def read_settings(environ: Mapping[str, str] | None = None, **flags: Any) -> Settings:
    """Settings from SPECLOOM_* variables, `flags` before them (None: not given). Raises SpecloomError."""
    environ = {k: v for k, v in (os.environ if environ is None else environ).items() if k.startswith(PREFIX)}
    values: dict[str, Any] = {"environ": environ}
    for name in (*_TEXTS, *_NUMBERS, "data", "api_keys", "operator_keys", "allow_vendor_keys"):
        given = flags.get(name)
        text = environ.get(variable(name), "").strip()
        if given is None and not text:
            continue
        values[name] = _read(name, text if given is None else given)
    settings = Settings(**values)
    _check(settings)
    return settings


_HOOK_VARIABLES = (
    "allow", "allow_http", "deny", "dispatch", "retries", "timeout", "lease", "queue_lease", "concurrency",
    "disable_after",
)  # fmt: skip
"""Read by the deliveries."""


_OTHERS = ("broker_url", "url", "key", "worker_listen", "vendor_proxy", "file_store")
"""Read by commands, and by rooms of their own."""


def gateway_variables() -> frozenset[str]:
    """Every variable of the gateway itself."""
    ours = {variable(item.name) for item in fields(Settings) if item.name != "environ"}
    return frozenset(ours | {variable("hook", name) for name in _HOOK_VARIABLES} | {variable(name) for name in _OTHERS})


def variable(*words: str) -> str:
    """('tuen', 'base_url') to SPECLOOM_TUEN_BASE_URL."""
    return PREFIX + "_".join("".join(c if c.isalnum() else "_" for c in word.upper()) for word in words)


def _read(name: str, given: Any) -> Any:
    if name in _NUMBERS:
        return read_number(variable(name), given, *_NUMBERS[name])
    if name == "data":
        return Path(given)
    if name == "allow_vendor_keys":
        return read_switch(variable(name), given)
    if name == "api_keys":
        return _keys(given, KEY_PREFIX, "SPECLOOM_API_KEYS", "gateway")
    if name == "operator_keys":
        return _keys(given, OPERATOR_PREFIX, "SPECLOOM_OPERATOR_KEYS", "operator")
    return str(given)


def read_number(name: str, given: Any, kind: type, least: float, most: float) -> Any:
    try:
        number = kind(given)
    except (TypeError, ValueError):
        number = None
    if number is None or not least <= number <= most:
        noun = "a whole number" if kind is int else "a number"
        raise SpecloomError(f"{name} is {str(given)[:60]!r}", hint=f"give {noun} from {least:g} to {most:g}")
    return number


def read_switch(name: str, given: Any) -> bool:
    value = TRUE.get(str(given).strip().lower())
    if value is None:
        raise SpecloomError(f"{name} is {str(given)[:60]!r}", hint="give yes or no")
    return value


def _keys(given: Any, prefix: str, variable: str, noun: str) -> Mapping[str, str]:
    """`slk_one,acme=slk_two` to {key: name}, '' where it has none."""
    keys: dict[str, str] = {}
    for entry in str(given).split(","):
        name, _, key = entry.strip().rpartition("=") if f"={prefix}" in entry else ("", "", entry.strip())
        if not key:
            continue
        if not key.startswith(prefix) or len(key) < len(prefix) + 16:
            hint = f"a key is {prefix} and 16 characters or more; NAME={prefix}… gives it a name"
            raise SpecloomError(f"{variable} holds something that is no {noun} key", hint=hint)
        if len(name) > 60:
            raise SpecloomError(f"{variable} holds a name of more than 60 characters")
        if keys.get(key, name) != name:
            raise SpecloomError(f"{variable} gives one key to {keys[key] or 'no name'!r} and to {name or 'no name'!r}")
        keys[key] = name
    return keys


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_url(name: str, url: str) -> str:
    """`url` without a slash at its end. Raises SpecloomError when it is none to build upon."""
    try:
        parts = urlsplit(url)
        wrong = parts.scheme not in ("http", "https") or not parts.hostname or (parts.port or 1) < 1
    except ValueError:
        wrong = True
    if wrong or parts.query or parts.fragment or parts.username is not None or any(c.isspace() for c in url):
        raise SpecloomError(f"{name} is {url[:80]!r}", hint="give https://host, with a path if need be")
    return url.rstrip("/")


def _check(settings: Settings) -> None:
    if settings.public_url:
        check_url(variable("public_url"), settings.public_url)
    if settings.log_format not in ("json", "text"):
        raise SpecloomError(f"{variable('log_format')} is {settings.log_format[:40]!r}", hint="json or text")
    if settings.secret_key and len(settings.secret_key.split(",")[0].strip()) < SHORTEST:
        raise SpecloomError(f"{variable('secret_key')} needs at least {SHORTEST} characters")
    if settings.database_url and not settings.database_url.startswith("sqlite") and not settings.secret_key:
        hint = "gateways that share a database share one SPECLOOM_SECRET_KEY"
        raise SpecloomError("a ledger in PostgreSQL without SPECLOOM_SECRET_KEY", hint=hint)

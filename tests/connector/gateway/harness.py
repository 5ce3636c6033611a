"""A gateway on a real port in front of the emulator, both in this process; and what tests ask of replies."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import requests
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from specloom.connector.emulator import EmulatorServer
from specloom.connector.server.local import LocalGateway
from specloom.connector.settings import read_settings, variable
from specloom.schemas.load import bundled, load
from specloom.schemas.model import Operation, Service
from tests import ROOT

KEY_ONE, KEY_TWO = "slk_one_0123456789abcdef", "slk_two_0123456789abcdef"
_SCHEMA = ROOT / "schemas" / "result.schema.json"
RESULT = Draft202012Validator(json.loads(_SCHEMA.read_text()))


@cache
def services(interval: float = 0.05) -> Mapping[str, Service]:
    """The bundled services, their jobs asked for every `interval` seconds."""
    return {key: _quick(load(path).service, interval) for key, path in bundled().items()}


def _quick(service: Service, interval: float) -> Service:
    operations = [
        replace(o, job=replace(o.job, interval=interval, timeout=20)) if o.job else o for o in service.operations
    ]
    return replace(service, operations=tuple(operations))


def operation_of(key: str, operation_id: str) -> Operation:
    found = services()[key].operation(operation_id)
    assert found is not None
    return found


def example(operation: Operation) -> dict[str, Any]:
    """Inputs the document itself gives, or its parameters' examples."""
    if operation.request_examples:
        return dict(operation.request_examples[0].value)
    return {f.name: f.example for f in operation.fields if f.required and f.example is not None}


class GatewayServer:
    """`emulator` stands in for the vendors; settings are those of specloom.connector.settings, in words. With `public` vendors
    are given callback URLs."""

    def __init__(
        self, data: Path, emulator: EmulatorServer | None = None, *, environ: Mapping[str, str] | None = None,
        known: Mapping[str, Service] | None = None, public: bool = False, **flags: Any,
    ) -> None:  # fmt: skip
        self.emulator = emulator
        told = {variable(key, "base_url"): emulator.base_url(key) for key in services()} if emulator else {}
        told |= {"SPECLOOM_HOOK_ALLOW": "127.0.0.1"}
        settings = read_settings({**told, **(environ or {})}, data=data, port=0, **flags)
        self._local = LocalGateway(settings, services=known if known is not None else services(), public=public)
        self.settings, self.process, self.url = self._local.settings, self._local.process, self._local.url

    def start(self) -> GatewayServer:
        self._local.start()
        return self

    def stop(self) -> None:
        self._local.stop()

    def key(self, service: str) -> str:
        assert self.emulator is not None
        return self.emulator.key(service)

    def run(
        self, service: str, operation: str, inputs: Any = None, *, key: str | None = None,
        headers: Mapping[str, str] | None = None, timeout: float = 30,
    ) -> requests.Response:  # fmt: skip
        """POST /run with the vendor's key (the emulator's good one unless said), the reply checked against its schema."""
        given = {"Authorization": f"Bearer {self.key(service) if key is None else key}", **(headers or {})}
        url = f"{self.url}/run/{service}/{operation}"
        reply = requests.post(url, json={} if inputs is None else inputs, headers=given, timeout=timeout)
        check_result(reply.json())
        return reply

    def call(self, method: str, path: str, *, key: str | None = None, **options: Any) -> requests.Response:
        headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **options.pop("headers", {})}
        return requests.request(method, self.url + path, headers=headers, timeout=options.pop("timeout", 30), **options)


def check_result(result: Any) -> None:
    problems = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in RESULT.iter_errors(result)]
    assert not problems, problems


@contextmanager
def running(data: Path, emulator: EmulatorServer | None = None, **settings: Any) -> Iterator[GatewayServer]:
    server = GatewayServer(data, emulator, **settings).start()
    try:
        yield server
    finally:
        server.stop()


def eventually(check: Any, seconds: float = 10) -> Any:
    """What `check` returns once it is true; no more than `seconds` later."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := check():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen")

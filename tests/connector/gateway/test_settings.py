"""The configuration: what is read, and what is refused in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from specloom.connector.cli.serve import serve
from specloom.connector.settings import read_settings
from specloom.connector.upstream.services import load_services, misspelt, vendors
from specloom.schemas.problems import SpecloomError
from tests.connector.gateway.harness import KEY_ONE, KEY_TWO, services


def test_flags_go_before_the_environment() -> None:
    settings = read_settings({"SPECLOOM_PORT": "9000", "SPECLOOM_THREADS": "7", "PORT": "1"}, port=9001)
    assert (settings.port, settings.threads, settings.host) == (9001, 7, "127.0.0.1")


WRONG: list[tuple[dict[str, str], str]] = [
    ({"SPECLOOM_PORT": "eighty"}, "SPECLOOM_PORT is 'eighty'"),
    ({"SPECLOOM_PORT": "70000"}, "0 to 65535"),
    ({"SPECLOOM_WAIT": "nan"}, "SPECLOOM_WAIT is 'nan'"),
    ({"SPECLOOM_API_KEYS": "secret"}, "no gateway key"),
    ({"SPECLOOM_API_KEYS": "slk_short"}, "no gateway key"),
    ({"SPECLOOM_API_KEYS": f"a={KEY_ONE},b={KEY_ONE}"}, "gives one key to 'a' and to 'b'"),
    ({"SPECLOOM_OPERATOR_KEYS": KEY_ONE}, "no operator key"),
    ({"SPECLOOM_PUBLIC_URL": "gateway.example.com"}, "SPECLOOM_PUBLIC_URL"),
    ({"SPECLOOM_PUBLIC_URL": "https://user:pw@gateway.example.com"}, "SPECLOOM_PUBLIC_URL"),
    ({"SPECLOOM_SECRET_KEY": "short"}, "at least 32 characters"),
    ({"SPECLOOM_DATABASE_URL": "postgresql://localhost/x"}, "SPECLOOM_SECRET_KEY"),
    ({"SPECLOOM_ALLOW_VENDOR_KEYS": "maybe"}, "yes or no"),
    ({"SPECLOOM_LOG_FORMAT": "xml"}, "json or text"),
]


@pytest.mark.parametrize(("environ", "words"), WRONG)
def test_wrong_settings_are_one_line(environ: dict[str, str], words: str) -> None:
    with pytest.raises(SpecloomError) as refused:
        read_settings(environ)
    assert words in str(refused.value) and "\n" not in str(refused.value)


WRONG_VENDORS: list[tuple[dict[str, str], str]] = [
    ({"SPECLOOM_TUEN_BASE_URL": "tuen.fun"}, "SPECLOOM_TUEN_BASE_URL"),
    ({"SPECLOOM_TUEN_BASE_URL": "https://tuen.fun/x?key=1"}, "SPECLOOM_TUEN_BASE_URL"),
    ({"SPECLOOM_TUEN_HOST": "tuen.fun/evil"}, "SPECLOOM_TUEN_HOST"),
    ({"SPECLOOM_TUEN_TIMEOUT": "0"}, "SPECLOOM_TUEN_TIMEOUT"),
    ({"SPECLOOM_TENGRAI_WEBHOOK_SECRET": "short"}, "SPECLOOM_TENGRAI_WEBHOOK_SECRET is too short"),
    ({"SPECLOOM_TENGRAI_WEBHOOK_ENCODING": "rot13"}, "hex or base64"),
    ({"SPECLOOM_TENGRAI_WEBHOOK_SECRET": "x" * 64, "SPECLOOM_TENGRAI_WEBHOOK_SECRET_FORM": "hex"}, "is not hex"),
    ({"SPECLOOM_MAYANIO_RATE_LIMIT": "many"}, "REQUESTS/SECONDS"),
]


@pytest.mark.parametrize(("environ", "words"), WRONG_VENDORS)
def test_wrong_settings_of_a_service_are_one_line(environ: dict[str, str], words: str) -> None:
    with pytest.raises(SpecloomError) as refused:
        vendors(services(), read_settings(environ))
    assert words in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("environ", "base_url"),
    [
        ({}, ""),
        ({"SPECLOOM_TUEN_HOST": "www.tuen.fun"}, "https://www.tuen.fun/api/services"),
        ({"SPECLOOM_TUEN_HOST": "https://www.tuen.fun/"}, "https://www.tuen.fun/api/services"),
        ({"SPECLOOM_TUEN_BASE_URL": "https://proxy.example.com"}, "https://proxy.example.com/api/services"),
        ({"SPECLOOM_TUEN_BASE_URL": "http://localhost:1/tuen/api/services/"}, "http://localhost:1/tuen/api/services"),
    ],
)
def test_where_a_service_is(environ: dict[str, str], base_url: str) -> None:
    assert vendors(services(), read_settings(environ))["tuen"].base_url == base_url


@pytest.mark.parametrize("key", ["run", "jobs", "hooks", "metrics", "healthz"])
def test_a_documents_key_cannot_be_one_of_our_paths(tmp_path: Path, key: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        f"openapi: 3.1.0\ninfo: {{title: Own, version: '1'}}\nx-specloom: {{key: {key}}}\n"
        "paths: {/x: {get: {operationId: getX, responses: {'200': {description: ok}}}}}\n"
    )
    with pytest.raises(SpecloomError):
        services_ = load_services([path])
        assert key not in services_, "the loader gave it another key"
        raise SpecloomError("renamed")


def test_tenants_of_keys() -> None:
    keys = read_settings({"SPECLOOM_API_KEYS": f"{KEY_ONE}, acme={KEY_TWO} ,"}).api_keys
    assert keys == {KEY_ONE: "", KEY_TWO: "acme"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0"], "without a gateway key"),
        (["--port", "99999"], "99999"),
        (["--document", "missing.yaml"], "missing.yaml"),
    ],
)
def test_the_command_refuses_in_words(arguments: list[str], words: str, tmp_path: Path) -> None:
    outcome: Any = CliRunner().invoke(serve, ["--data", str(tmp_path), *arguments], env={"SPECLOOM_API_KEYS": None})
    assert outcome.exit_code != 0 and words in outcome.output + str(outcome.exception)


def test_misspelt_variables_are_told() -> None:
    environ = {"SPECLOOM_TUEN_HOST": "x", "SPECLOOM_TUEN_BASEURL": "x", "SPECLOOM_TENGRAI_WEBHOOK_SECRET": "x"}
    assert misspelt(services(), environ) == ["SPECLOOM_TUEN_BASEURL"]
    known = {"SPECLOOM_HOOK_ALLOW": "x", "SPECLOOM_WAIT": "1", "SPECLOOM_BROKER_URL": "x", "SPECLOOM_LOG_FORMAT": "x"}
    assert misspelt(services(), known | {"SPECLOOM_PUBLIC_ULR": "x", "SPECLOOM_HOOKALLOW": "x"}) == [
        "SPECLOOM_HOOKALLOW", "SPECLOOM_PUBLIC_ULR",
    ]  # fmt: skip


def test_two_documents_of_one_key_are_told(tmp_path: Path) -> None:
    for name in ("one", "two"):
        text = "openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\nx-specloom: {key: shop}\npaths: {/a: {get: {responses: {'200': {description: ok}}}}}\n"
        (tmp_path / f"{name}.yaml").write_text(text)
    with pytest.raises(SpecloomError, match="one.yaml and two.yaml both have the key 'shop'"):
        load_services([tmp_path / "one.yaml", tmp_path / "two.yaml"])


MISTAKES = [
    ({"SPECLOOM_HOOK_ALLOW": "10.0.0/8"}, "'10.0.0/8' is no host name, address or network"),
    ({"SPECLOOM_HOOK_DENY": "10.0.0/8"}, "SPECLOOM_HOOK_DENY"),
    ({"SPECLOOM_HOOK_RETRIES": "5x"}, "SPECLOOM_HOOK_RETRIES cannot be '5x'"),
    ({"SPECLOOM_HOOK_TIMEOUT": "abc"}, "SPECLOOM_HOOK_TIMEOUT cannot be 'abc'"),
    ({"SPECLOOM_HOOK_CONCURRENCY": "0"}, "a whole number from 1 to 100"),
    ({"SPECLOOM_BROKER_URL": "foo://bar"}, "SPECLOOM_BROKER_URL cannot be foo://"),
    ({"SPECLOOM_DATABASE_URL": "foo://bar", "SPECLOOM_SECRET_KEY": "x" * 40}, "database"),
    ({"SPECLOOM_HOOK_DISPATCH": "celery"}, "celery without SPECLOOM_BROKER_URL"),
]


@pytest.mark.parametrize(("environ", "words"), MISTAKES)
def test_mistakes_of_the_environment_end_in_one_line(environ: dict[str, str], words: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "specloom", "serve", "--port", "0", "--data", str(tmp_path)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SPECLOOM_")}
    done = subprocess.run(command, env=clean | environ, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr

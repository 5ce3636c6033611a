"""The unit, the image and the compose file that come with the project: what they set is known, and they start."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from specloom.connector.settings import gateway_variables, read_settings
from specloom.connector.upstream.services import misspelt, vendors
from specloom.connector.webhooks.delivery.backends import guard_of
from specloom.connector.webhooks.delivery.settings import delivery_settings
from tests import ROOT
from tests.connector.gateway.harness import eventually, services
from tests.connector.webhooks.servers import free_port

EXAMPLES = ROOT / "examples"
COMPOSE = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())
PYTHON = shutil.which("python3", path="/usr/bin") or sys.executable
"""An interpreter that other accounts may run; that of the tests can be in somebody's home."""


def environment(service: str) -> dict[str, str]:
    """As compose would give it, nothing being set outside."""
    told = COMPOSE["services"][service]["environment"]
    return {name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value)) for name, value in told.items()}


@pytest.mark.parametrize("service", ["gateway", "worker"])
def test_every_variable_of_the_compose_file_is_known_and_right(service: str) -> None:
    environ = environment(service)
    assert "${" not in str(environ)
    of_services = {name for name in environ if name.startswith("SPECLOOM_TUEN_")}
    assert environ.keys() - gateway_variables() == of_services and misspelt(services(), environ) == []
    settings = read_settings(environ)
    assert settings.api_keys and settings.public_url and settings.trusted_proxies == 1
    assert vendors(services(), settings)["tuen"].base_url.startswith("https://")
    delivery_settings(environ)
    guard_of(environ)
    stop = int(COMPOSE["services"][service]["stop_grace_period"].removesuffix("s"))
    assert stop > settings.grace


def test_gateways_can_be_as_many_as_one_likes() -> None:
    """No fixed port, no name of a container: `--scale gateway=3` works behind the proxy."""
    for name in ("gateway", "worker"):
        assert not {"ports", "container_name"} & COMPOSE["services"][name].keys()
        assert COMPOSE["services"][name]["command"].startswith("specloom ")
    assert "gateway:8080" in COMPOSE["services"]["proxy"]["command"] and COMPOSE["services"]["proxy"]["ports"]
    assert {"database", "broker"} <= COMPOSE["services"].keys()


def test_the_compose_file_is_one() -> None:
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("docker-compose is not installed (apt-get install docker-compose)")
    done = subprocess.run(
        [program, "-f", "compose.yaml", "config"], cwd=EXAMPLES, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_unit_is_one(tmp_path: Path) -> None:
    text = (EXAMPLES / "specloom.service").read_text()
    assert set(re.findall(r"SPECLOOM_\w+(?==)", text)) - gateway_variables() == {"SPECLOOM_TUEN_API_KEY"}
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "specloom.service"
    unit.write_text(text.replace("/opt/specloom/bin/specloom", sys.executable))
    done = subprocess.run([program, "verify", unit], capture_output=True, text=True, check=False)
    assert "specloom.service" not in done.stderr, done.stderr


# The image ---------------------------------------------------------------------------------------------------


def dockerfile() -> list[tuple[str, str]]:
    """Its instructions, each in one line."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def values(instruction: str) -> list[str]:
    return [rest for word, rest in dockerfile() if word == instruction]


def test_the_image_runs_as_an_account_of_its_own() -> None:
    assert values("USER") == ["specloom"] and values("HEALTHCHECK") and values("STOPSIGNAL") == ["SIGTERM"]
    told = dict(part.split("=", 1) for line in values("ENV") for part in line.split())
    assert {name for name in told if name.startswith("SPECLOOM_")} <= gateway_variables()
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert ignored[0] == "*" and not {"!.git", "!tests"} & set(ignored)


@pytest.mark.soak
def test_the_images_lines_run_in_a_fresh_environment(tmp_path: Path) -> None:
    """All but the base image and the account: the install, and then the command and its health check as nobody."""
    source, place = tmp_path / "src", tmp_path / "opt"
    source.mkdir(mode=0o755)
    for line in (ROOT / ".dockerignore").read_text().split():
        if line.startswith("!"):
            copy_of(ROOT / line[1:], source / line[1:])
    install = values("RUN")[0].replace("/opt/specloom", str(place)).replace("/src", str(source))
    subprocess.run(install.replace("python -m", f"{PYTHON} -m", 1), shell=True, check=True)
    data, port = tmp_path / "data", free_port()
    data.mkdir()
    account: dict[str, Any] = {}
    if os.getuid() == 0:
        account = {"user": 65534, "group": 65534, "extra_groups": []}
        os.chown(data, 65534, 65534)
        for folder in (tmp_path, *tmp_path.parents):
            if folder.stat().st_uid == 0 and folder.is_relative_to("/tmp"):
                folder.chmod(folder.stat().st_mode | 0o755)
    told = dict(part.split("=", 1) for line in values("ENV") for part in line.split())
    told |= {"PATH": f"{place}/bin:{os.environ['PATH']}", "SPECLOOM_DATA": str(data), "SPECLOOM_PORT": str(port)}
    environ = {**told, "SPECLOOM_API_KEYS": "slk_0123456789abcdef"}
    command = yaml.safe_load(values("CMD")[0])
    check = [part.replace("8080", str(port)) for part in yaml.safe_load(values("HEALTHCHECK")[0].partition("CMD ")[2])]
    server = subprocess.Popen(command, cwd=data, env=environ, executable=f"{place}/bin/{command[0]}", **account)
    try:
        eventually(lambda: server.poll() is None and listens(port), 60)
        subprocess.run(check, env=environ, executable=f"{place}/bin/{check[0]}", check=True, **account)
    finally:
        server.terminate()
        server.wait(30)
    assert shlex.split(values("RUN")[1])[0] == "useradd"


def listens(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def copy_of(origin: Path, target: Path) -> None:
    if origin.is_dir():
        shutil.copytree(origin, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    else:
        shutil.copy(origin, target)

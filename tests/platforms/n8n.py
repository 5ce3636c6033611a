"""Drives the real n8n: packages, command line, one long-running server and its workflows."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.platforms import toolchain
from tests.platforms.n8n_api import Api
from tests.platforms.n8n_run import Run, start_node

READY = "Editor is now accessible via"  # printed after the active workflows' webhooks are registered
SETTINGS = {
    "DB_TYPE": "sqlite",
    "N8N_ENCRYPTION_KEY": "specloom-tests-only",
    "N8N_LISTEN_ADDRESS": "127.0.0.1",
    "N8N_DIAGNOSTICS_ENABLED": "false",
    "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
    "N8N_TEMPLATES_ENABLED": "false",
    "N8N_PERSONALIZATION_ENABLED": "false",
    "N8N_DISABLED_MODULES": "mcp-registry,instance-ai,chat-hub,agents,insights",
    "N8N_PYTHON_ENABLED": "false",
    "N8N_UNVERIFIED_PACKAGES_ENABLED": "true",
    "N8N_SECURE_COOKIE": "false",
    "N8N_DISABLE_UI": "true",
    "NODE_ENV": "production",
}


class N8nError(Exception):
    """n8n did not do what it was asked; the message carries the end of its log."""


class N8n:
    """One n8n with a folder of its own. `with N8n() as n8n:` removes the folder afterwards. `editor`: it serves its
    pages too."""

    def __init__(self, folder: Path | None = None, editor: bool = False) -> None:
        self.settings = {**SETTINGS, "N8N_DISABLE_UI": "false"} if editor else SETTINGS
        install = toolchain.install(toolchain.PROJECTS / "n8n")
        self.program = install / "node_modules" / "n8n" / "bin" / "n8n"
        self.folder = folder or toolchain.scratch("n8n")
        self.log = self.folder / "n8n.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.packages: dict[str, Path] = {}
        self.api = Api(self.url)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> N8n:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # Packages, and what the command line does without a server

    def install_package(self, package: Path) -> str:
        """Loads a community package as production does: packed by npm, unpacked where n8n installs them.

        A running server must be restarted to see it. Returns the package's name.
        """
        name = str(json.loads((package / "package.json").read_text())["name"])
        nodes = self.folder / ".n8n" / "nodes"
        target = nodes / "node_modules" / name
        shutil.rmtree(target, ignore_errors=True)
        pack(package, target)
        manifest = nodes / "package.json"
        if not manifest.exists():
            manifest.write_text('{"name": "installed-nodes", "private": true}')
        self.packages[name] = package
        return name

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        own = {
            "N8N_USER_FOLDER": str(self.folder),
            "N8N_PORT": str(self.port),
            "N8N_WEBHOOK_URL": self.url + "/",
            # A CLI call beside a running server needs a broker port of its own.
            "N8N_RUNNERS_BROKER_PORT": str(free_port()),
        }
        # n8n reads hundreds of N8N_* variables: the developer's own must not leak in.
        clean = {k: v for k, v in toolchain.environment().items() if not k.startswith(("N8N_", "DB_"))}
        return {**clean, **self.settings, **own, **(extra or {})}

    def cli(self, *arguments: str, timeout: float = 120, check: bool = True, **extra: str) -> str:
        """Runs one n8n command (2 to 4 s) and returns what it prints."""
        command = [str(toolchain.node()), str(self.program), *arguments]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )
        with self.log.open("a") as log:
            log.write(f"$ n8n {' '.join(arguments)}\n{done.stdout}\n")
        if check and done.returncode:
            raise N8nError(f"n8n {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout[-4000:]}")
        return done.stdout

    def import_credentials(self, credentials: Sequence[Mapping[str, Any]]) -> None:
        """Each {id, name, type, data}, with `data` in plain text."""
        self.cli("import:credentials", f"--input={self._json('credentials', list(credentials))}")

    def import_workflows(self, workflows: Sequence[Mapping[str, Any]]) -> None:
        """Each must have an `id`. n8n validates nothing here: see `parameter_issues`."""
        documents = [{"settings": {}, "active": False, **w} for w in workflows]
        self.cli("import:workflow", f"--input={self._json('workflows', documents)}")

    def export_nodes(self) -> list[dict[str, Any]]:
        """Every node type that this n8n has loaded."""
        output = self.folder / "nodes.json"
        self.cli("export:nodes", f"--output={output}")
        types: list[dict[str, Any]] = json.loads(output.read_text())
        return types

    def execute(self, workflow: Mapping[str, Any] | str, timeout: float = 120) -> Run:
        """Runs one workflow by the command line, in a process of its own. `run_many` is much faster."""
        if not isinstance(workflow, str):
            self.import_workflows([workflow])
            workflow = str(workflow["id"])
        text = self.cli(
            "execute",
            f"--id={workflow}",
            "--rawOutput",
            timeout=timeout,
            check=False,
            N8N_LOG_LEVEL="info",
            N8N_LOG_FORMAT="json",
        )
        if (result := _logged_result(text)) is None:
            raise N8nError(f"n8n execute --id={workflow} gave no result:\n{text[-4000:]}")
        return Run(result)

    def _json(self, name: str, value: object) -> Path:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(value))
        return path

    # The server

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, timeout: float = 120) -> None:
        """Boots the server (5 s, 12 s the first time) and signs in as its owner."""
        if self.running:
            return
        offset = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(toolchain.node()), str(self.program), "start"],
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a group of its own, so that stop() reaches the task runner too
            )
        atexit.register(self.stop)
        deadline = time.monotonic() + timeout
        while READY not in self.log_text(offset):
            if not self.running:
                raise N8nError(f"n8n ended while booting:\n{self.log_text(offset)[-4000:]}")
            if time.monotonic() > deadline:
                self.stop()
                raise N8nError(f"n8n was not ready after {timeout} s:\n{self.log_text(offset)[-4000:]}")
            time.sleep(0.1)
        self.api.sign_in()

    def stop(self, grace: float = 15) -> None:
        """Ends the server and everything it started."""
        process, self._process = self._process, None
        atexit.unregister(self.stop)
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(grace)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def restart(self) -> None:
        self.stop()
        self.start()

    def log_text(self, offset: int = 0) -> str:
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")

    def run(
        self,
        workflow: Mapping[str, Any],
        trigger: str | None = None,
        pinned: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
        timeout: float = 60,
    ) -> Run:
        """Runs a workflow on the server and returns what every node gave.

        `pinned` replaces a node's output ({node: [json, …]}): so a workflow that starts with a webhook or a
        schedule runs at once, from `trigger` (default: the node that nothing leads to).
        """
        document = dict(workflow)
        if pinned:
            document["pinData"] = {node: [{"json": dict(i)} for i in rows] for node, rows in pinned.items()}
        try:
            identifier = self.api.save_workflow(document)
            execution = self.api.run_workflow(identifier, trigger or start_node(workflow))
            return Run(self.api.wait_for_execution(execution, timeout))
        except Exception as error:
            raise N8nError(f"{workflow.get('name')}: {error}\n{self.log_text()[-3000:]}") from error

    def run_many(self, workflows: Iterable[Mapping[str, Any]], workers: int = 4, timeout: float = 120) -> list[Run]:
        """Runs many workflows side by side, results in their order. One that fails is a Run with an error."""
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(lambda workflow: self.run(workflow, timeout=timeout), workflows))


def pack(package: Path, target: Path) -> Path:
    """Unpacks into `target` exactly the files that `npm pack` would publish."""
    target.mkdir(parents=True)
    destination = toolchain.scratch("pack")
    try:
        toolchain.npm("pack", "--ignore-scripts", "--silent", f"--pack-destination={destination}", cwd=package)
        (tarball,) = destination.glob("*.tgz")
        with tarfile.open(tarball) as archive:
            for member in archive.getmembers():
                member.name = member.name.partition("/")[2]  # everything lies in package/
                archive.extract(member, target, filter="data")
    finally:
        shutil.rmtree(destination)
    return target


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _logged_result(text: str) -> dict[str, Any] | None:
    """The run data among the JSON log lines of `n8n execute`: the message that is itself a JSON object."""
    for line in text.splitlines():
        with contextlib.suppress(ValueError, TypeError, AttributeError, KeyError):
            result = json.loads(json.loads(line)["message"])
            if "resultData" in result["data"]:
                return dict(result)
    return None

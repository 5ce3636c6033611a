"""PostgreSQL, Redis and RabbitMQ from the system's packages, started for the tests and stopped after them."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_BIN = Path("/usr/lib/postgresql")
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Debian's own start, without its change of account."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory() -> str | None:
    """A folder in memory, where there is one: tests wait for no disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def postgres_folder() -> Path | None:
    """Where initdb and postgres are; None where they are not installed."""
    found = sorted(_BIN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _account() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as the account its package made, or as nobody."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("no account to run PostgreSQL as")


class Postgres:
    """A scratch cluster on one port for its whole life, which can be stopped, stalled, killed and started again."""

    def __init__(self) -> None:
        programs = postgres_folder()
        assert programs is not None
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="specloom-pg-", dir=memory()))
        self._data, self.port = self.folder / "data", free_port()
        self.url = f"postgresql://specloom@127.0.0.1:{self.port}"
        account = _account()
        if account:
            os.chown(self.folder, account["user"], account["group"])
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._options: dict[str, Any] = {"cwd": self.folder, **quiet, **account}
        self._process: subprocess.Popen[bytes] | None = None
        words = "-U specloom -A trust -E UTF8 --no-locale -N".split()
        subprocess.run([programs / "initdb", "-D", self._data, *words], check=True, **self._options)

    def start(self) -> None:
        """Returns when it takes connections."""
        words = f"-k {self.folder} -h 127.0.0.1 -p {self.port} -c max_connections=200".split()
        # fsync guards against a machine that fails, which no test can make happen.
        command: list[str | Path] = [self._programs / "postgres", "-D", self._data, *words, "-c", "fsync=off"]
        self._process = subprocess.Popen(command, start_new_session=True, **self._options)
        _wait_for(self.port, self._process)
        ready: list[str | Path] = [self._programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(ready, check=False, **self._options).returncode:
            time.sleep(0.05)

    def signal(self, number: int) -> None:
        """To the server and each of its processes."""
        if self._process is not None:
            for process in (self._process.pid, *_children(self._process.pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Without waiting for clients, as SIGTERM would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        self.kill()

    def __enter__(self) -> Postgres:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.signal(signal.SIGCONT)
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _children(process: int) -> list[int]:
    """On Linux; elsewhere the server alone is told."""
    with contextlib.suppress(OSError):
        return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return []


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A scratch cluster. Yields the URL of its server, to which a database's name is added."""
    with Postgres() as server:
        yield server.url


class Redis:
    """One server on one port for its whole life, which can be killed and started again. Keeps nothing on disk."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="specloom-redis-"))
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [*command, "--dir", str(self.folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _wait_for(self.port, self._process)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Redis:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class RabbitMQ:
    """One node on one port for its whole life, which can be killed and started again. Keeps its queues on disk."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="specloom-rabbit-"))
        self.port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self._process: subprocess.Popen[bytes] | None = None
        (self.folder / "plugins").write_text("[].")
        told = {
            "HOME": self.folder, "RABBITMQ_NODENAME": f"specloom{self.port}@localhost", "ERL_EPMD_PORT": free_port(),
            "RABBITMQ_NODE_PORT": self.port, "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": free_port(), "RABBITMQ_MNESIA_BASE": self.folder / "data",
            "RABBITMQ_LOG_BASE": self.folder / "log", "RABBITMQ_ENABLED_PLUGINS_FILE": self.folder / "plugins",
            "RABBITMQ_CONFIG_FILE": self.folder / "none", "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        }  # fmt: skip
        self._environ = {**os.environ, **{name: str(value) for name, value in told.items()}}

    def start(self) -> None:
        self._process = subprocess.Popen(
            [RABBITMQ], env=self._environ, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        _wait_for(self.port, self._process, 60)

    def kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def __enter__(self) -> RabbitMQ:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def _wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.05)
    raise RuntimeError("the server does not listen")

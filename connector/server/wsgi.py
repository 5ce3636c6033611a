"""Serves the gateway: gunicorn's processes, uvicorn's event loop in each, threads for calls that have wholly arrived.

From within this process: no module is looked up by name, and so no folder of the user's called `schemas` can take the
place of ours."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from prometheus_client import multiprocess

from specloom.connector.access.keyring import Keyring
from specloom.connector.ledger import Ledger
from specloom.connector.network.ssrf import Guard
from specloom.connector.server.bridge import Bridge
from specloom.connector.server.opening import open_ledger
from specloom.connector.server.wiring import LateLedger, Process, build
from specloom.connector.server.worker import LoopWorker, many_files
from specloom.connector.settings import Settings, is_loopback
from specloom.connector.storage.chosen import check_store, store_of
from specloom.connector.telemetry.logs import log
from specloom.connector.upstream.services import load_services, misspelt, vendors
from specloom.connector.webhooks.delivery.backends import check_environment
from specloom.connector.webhooks.subscriptions import refused
from specloom.schemas.interpretation import GivenDocument
from specloom.schemas.problems import SpecloomError

BACKLOG = 2048
KEEP_ALIVE = 75


def serve(
    settings: Settings, documents: Sequence[GivenDocument] = (), *, ready: Callable[[str], None] | None = None
) -> None:
    """Serve until stopped. Raises SpecloomError before anything is served where the settings do not work."""
    os.umask(0o077)  # what this process makes is its owner's alone
    services = load_services(documents)
    known = vendors(services, settings)  # what is wrong is said before a worker starts
    guard = check_environment(settings.environ)
    for name in misspelt(services, settings.environ):
        log.warning("%s is set, but nothing of that name can be", name)
    check_store(store_of(settings.environ, settings.data))
    ledger = open_ledger(settings, waits=True)
    if ledger.is_open:
        check_ledger(ledger, settings, guard)
    else:
        log.warning("The ledger cannot be reached: the gateway waits for it, alive but not ready")
    ledger.engine.dispose()
    listener = _listening(settings)
    port = listener.getsockname()[1]
    settings = replace(settings, port=port)
    _warn(settings)
    many_files()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    if ready is not None:
        ready(f"http://{host}:{port}")
    log.info("Serving %s", ", ".join(sorted(known)), extra={"fields": {"address": f"http://{host}:{port}"}})
    _run(settings, documents, listener.detach())


def check_ledger(ledger: Ledger, settings: Settings, guard: Guard) -> None:
    """What only the ledger can tell. Raises SpecloomError where strangers would find the gateway open."""
    _tell_refused(ledger, guard)
    if not is_loopback(settings.host) and not Keyring(ledger, settings, settings.api_keys).is_closed():
        hint = "specloom keys create NAME, set SPECLOOM_API_KEYS=slk_… or listen on 127.0.0.1"
        raise SpecloomError(f"listening on {settings.host} without a gateway key", hint=hint)


def _tell_refused(ledger: Ledger, guard: Guard) -> None:
    """Hooks that the allow-list of today no longer lets through. Their addresses are secrets, their ids are not."""
    with ledger.read() as connection:
        for hook_id, reason in refused(connection, guard):
            log.warning("Hook %s will not be called. %s", hook_id, reason)


def _warn(settings: Settings) -> None:
    if settings.public_url.startswith("http://") and not is_loopback(settings.public_url.split("/")[2].split(":")[0]):
        log.warning("SPECLOOM_PUBLIC_URL is plain http: keys and files travel in the clear")


def _listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        hint = "choose another --port"
        raise SpecloomError(f"cannot listen on {where}: {error.strerror}", hint=hint) from error


def _run(settings: Settings, documents: Sequence[GivenDocument], descriptor: int) -> None:
    try:
        _Server(settings, documents, descriptor).run()
    except SystemExit as stop:
        if stop.code not in (0, None):
            raise
    finally:
        if counters := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            shutil.rmtree(counters, ignore_errors=True)


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings, documents: Sequence[GivenDocument], descriptor: int) -> None:
        self.settings = settings
        self.documents = documents
        self.descriptor = descriptor
        self.worker: Any = None
        self.process: Process | None = None
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": f"fd://{self.descriptor}",
            "worker_class": LoopWorker,
            "workers": self.settings.workers,
            "keepalive": KEEP_ALIVE,
            "timeout": 120,
            "graceful_timeout": int(self.settings.grace) + 5,
            "backlog": BACKLOG,
            "logger_class": "gunicorn.glogging.Logger",
            "loglevel": "warning",
            "proc_name": "specloom",
            "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,
            "post_fork": self.forked,
            "worker_exit": self.exited,
            "child_exit": _uncount,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """In each worker, after the fork: threads and connections belong to it alone."""
        guard = check_environment(self.settings.environ)
        late = LateLedger(partial(check_ledger, settings=self.settings, guard=guard), _end)
        stopping = partial(getattr, self.worker, "stopping", False)
        process = build(self.settings, self.documents, stopping=stopping, late=late)
        self.process = process.start()
        gc.collect()
        gc.freeze()  # documents and compiled checks stay for good: no collection has to look at them again
        limit = max(self.settings.body_size, self.settings.file_size)
        bridge = Bridge(process.app, threads=self.settings.threads, limit=limit, backlog=BACKLOG)
        process.shared.exposition.occupancy.pools["call"] = bridge.use
        return bridge

    def forked(self, _arbiter: Any, worker: Any) -> None:
        self.worker = worker

    def exited(self, _arbiter: Any, _worker: Any) -> None:
        if self.process is not None:
            self.process.stop()


def _end(error: SpecloomError) -> NoReturn:
    """Of a process with a ledger that it must not serve from, and with it of the server, as at the start."""
    log.error("%s", error)
    logging.shutdown()
    os._exit(Arbiter.WORKER_BOOT_ERROR)


def _uncount(_arbiter: Any, worker: Any) -> None:
    """The gauges of a worker that is gone count no more."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

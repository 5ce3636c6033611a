"""One small Flask app behind each of the servers that benchmarks/servers.py compares."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

THREADS = 128
ROOT = Path(__file__).parent.parent


def app(upstream: int) -> Any:
    import urllib3
    from flask import Flask, Response, request

    made, local = Flask("bare"), threading.local()

    @made.post("/tuen/<path:path>")
    def forward(path: str) -> Response:
        pool = getattr(local, "pool", None)
        if pool is None:
            pool = local.pool = urllib3.HTTPConnectionPool("127.0.0.1", upstream, maxsize=2)
        headers = {"Content-Type": request.content_type or "", "Authorization": request.headers["Authorization"]}
        reply = pool.urlopen("POST", f"/{path}", body=request.get_data(), headers=headers)
        return Response(reply.data, reply.status, content_type=reply.headers["Content-Type"])

    @made.post("/echo")
    def echo() -> bytes:
        return request.get_data()

    @made.get("/ping")
    def ping() -> str:
        return "ok"

    @made.get("/wait")
    def wait() -> str:
        place = request.environ.get("specloom.parking")
        if place is None:
            time.sleep(30)
        elif not place.is_over:  # our bridge can put it aside
            place.until, place.subscribe = time.monotonic() + 30, lambda _tell: lambda: None
            place.resume = Response
        return "done"

    @made.get("/stream")
    def stream() -> Response:
        def events() -> Iterator[bytes]:
            for number in range(20):
                time.sleep(0.05)
                yield b"data: %d\n\n" % number

        return Response(events(), content_type="text/event-stream")

    return made


def bridged(upstream: int) -> Any:
    from specloom.connector.server.bridge import Bridge

    return Bridge(app(upstream), threads=THREADS, limit=2**26, busy=THREADS)


def gunicorn(worker: Any, load: Callable[[int], Any] = app, **more: Any) -> Callable[[int, int], None]:
    def serve(port: int, upstream: int) -> None:
        from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

        class Server(BaseApplication):  # type: ignore[misc]
            def load_config(self) -> None:
                given = worker() if callable(worker) else worker
                options = {"bind": f"127.0.0.1:{port}", "worker_class": given, "keepalive": 75, "timeout": 120,
                           "loglevel": "critical", **more}  # fmt: skip
                for name, value in options.items():
                    self.cfg.set(name, value)

            def load(self) -> Any:
                return load(upstream)

        Server().run()

    return serve


def _chosen() -> Any:
    from specloom.connector.server.worker import LoopWorker, many_files

    many_files()
    return LoopWorker


def waitress(port: int, upstream: int) -> None:
    import_module("waitress").serve(
        app(upstream), host="127.0.0.1", port=port, threads=THREADS, asyncore_use_poll=True, connection_limit=4000,
        _quiet=True,
    )  # fmt: skip


def pywsgi(port: int, upstream: int) -> None:
    import_module("gevent.monkey").patch_all()
    import_module("gevent.pywsgi").WSGIServer(
        ("127.0.0.1", port), app(upstream), log=None, backlog=1024
    ).serve_forever()


def cheroot(port: int, upstream: int) -> None:
    import_module("cheroot.wsgi").Server(
        ("127.0.0.1", port), app(upstream), numthreads=THREADS, request_queue_size=1024
    ).start()


def uvicorn(load: Callable[[int], Any], loop: str = "asyncio") -> Callable[[int, int], None]:
    def serve(port: int, upstream: int) -> None:
        import uvicorn as server

        server.run(
            load(upstream), host="127.0.0.1", port=port, log_level="critical", access_log=False, lifespan="off",
            http="httptools", loop=loop, ws="none", backlog=1024, proxy_headers=False,
        )  # fmt: skip

    return serve


def _a2wsgi(upstream: int) -> Any:
    return import_module("a2wsgi").WSGIMiddleware(app(upstream), workers=THREADS)


def hypercorn(port: int, upstream: int) -> None:
    config = import_module("hypercorn.config").Config()
    config.bind, config.loglevel = [f"127.0.0.1:{port}"], "CRITICAL"
    asyncio.run(import_module("hypercorn.asyncio").serve(bridged(upstream), config, mode="asgi"))


def granian(interface: str, load: Callable[[int], Any]) -> Callable[[int, int], None]:
    def serve(port: int, upstream: int) -> None:
        more = {"blocking_threads": THREADS} if interface == "wsgi" else {"loop": "asyncio"}
        server = import_module("granian").Granian(
            "app", address="127.0.0.1", port=port, interface=interface, log_enabled=False, backlog=1024,
                         backpressure=1024, **more)  # fmt: skip
        server.serve(target_loader=lambda *_: load(upstream), wrap_loader=False)

    return serve


SERVERS: Mapping[str, Callable[[int, int], None]] = {
    "gunicorn gthread": gunicorn("gthread", threads=THREADS, worker_connections=4000),
    "chosen": gunicorn(_chosen, bridged),
    "uvicorn + bridge": uvicorn(bridged),
    "uvicorn + bridge, uvloop": uvicorn(bridged, "uvloop"),
    "uvicorn + a2wsgi": uvicorn(_a2wsgi),
    "granian wsgi": granian("wsgi", app),
    "granian asgi + bridge": granian("asginl", bridged),
    "hypercorn + bridge": hypercorn,
    "gunicorn asgi + bridge": gunicorn("asgi", bridged, asgi_loop="asyncio", worker_connections=4000),
    "gunicorn gevent": gunicorn("gevent", worker_connections=4000),
    "gevent.pywsgi": pywsgi,
    "waitress": waitress,
    "cheroot": cheroot,
}


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    SERVERS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))

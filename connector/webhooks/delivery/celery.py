"""Celery: the broker's address, the one task, and the worker that runs it. The package is an extra of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from specloom.connector.webhooks.delivery.feeder import Publish
from specloom.connector.webhooks.delivery.settings import DeliverySettings
from specloom.schemas.problems import SpecloomError

TASK = "specloom.deliver"
_QUEUE = "specloom-deliveries"
BROKER = "SPECLOOM_BROKER_URL"
_SCHEMES = frozenset({"redis", "rediss", "amqp", "amqps"})
_PATIENCE = 3
"""Seconds until a broker that does not answer counts as gone."""


def make_app(broker: str) -> Any:
    """The Celery app for `redis://…` or `amqp://…`. Raises SpecloomError, also where Celery is not installed."""
    scheme, mark, host = broker.partition("://")
    if scheme not in _SCHEMES or not mark or not host:
        raise SpecloomError(f"{BROKER} cannot be {scheme[:20]}://…", hint="redis://host/0 or amqp://host")
    try:
        from celery import Celery  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise SpecloomError("Celery is not installed", hint="pip install 'specloom[celery]'") from error
    app = Celery("specloom", broker=broker, set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        task_default_queue=_QUEUE,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_enable_remote_control=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=_PATIENCE,
        broker_transport_options=_transport(broker),
    )
    return app


def _transport(broker: str) -> dict[str, Any]:
    if not broker.startswith("redis"):
        return {"confirm_publish": True}
    return {
        "socket_connect_timeout": _PATIENCE,
        "socket_keepalive": True,
        "health_check_interval": 10,
        # A message a dead worker had fetched comes back; by then its delivery's lease has ended anyway.
        "visibility_timeout": 60,
    }


def publisher(app: Any, settings: DeliverySettings) -> Publish:
    """Sends ids to the workers. What nobody fetched while the lease lasted is worth nothing and expires."""

    def publish(ids: Sequence[str]) -> None:
        app.send_task(TASK, args=[list(ids)], expires=settings.queue_lease, retry=False, ignore_result=True)

    return publish


def run_worker(app: Any, deliver: Callable[[Sequence[str]], None]) -> None:
    """Runs until SIGTERM or SIGINT. The tasks only pass ids on to the threads that deliver."""

    @app.task(name=TASK, ignore_result=True)  # type: ignore[untyped-decorator]
    def task(ids: list[str]) -> None:
        deliver(ids)

    worker = app.Worker(
        pool="threads", concurrency=2, loglevel="WARNING", without_gossip=True, without_mingle=True,
        without_heartbeat=True, task_events=False,
    )  # fmt: skip
    worker.start()

"""`specloom worker`: delivers apart from the gateway, on this machine or on others."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import click

from specloom.connector.ledger import Ledger
from specloom.connector.settings import read_settings
from specloom.connector.telemetry import tracing
from specloom.connector.telemetry.exposition import Exposition, StatusServer, watched
from specloom.connector.telemetry.logs import configure
from specloom.connector.telemetry.metrics import Metrics
from specloom.connector.webhooks.delivery.backends import guard_of
from specloom.connector.webhooks.delivery.celery import BROKER
from specloom.connector.webhooks.delivery.dispatcher import Dispatcher
from specloom.connector.webhooks.delivery.feeder import QUEUE, Feeder
from specloom.connector.webhooks.delivery.sender import Sender
from specloom.connector.webhooks.delivery.settings import APART, DeliverySettings, delivery_settings


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the gateway's SQLite file and secret key.")
@click.option("--database-url", help="postgresql://… or sqlite:///file, as the gateway has it.")
@click.option("--listen", envvar="SPECLOOM_WORKER_LISTEN", help="HOST:PORT of its own /healthz, /readyz and /metrics.")
@click.option("--broker-url", help="redis://… or amqp://…: take due deliveries from Celery instead of the ledger.")
def worker(data: Path | None, database_url: str | None, broker_url: str | None, listen: str | None) -> None:
    """Deliver webhooks apart from the gateway; any number of workers may run.

    \b
    Examples:
      SPECLOOM_HOOK_DISPATCH=worker specloom serve & specloom worker            one machine, two processes
      specloom worker --database-url postgresql://db/specloom --broker-url redis://broker/0
    """
    os.umask(0o077)  # what this process makes is its owner's alone
    settings = read_settings(data=data, database_url=database_url)
    broker = broker_url or settings.environ.get(BROKER, "").strip()
    from specloom.connector.server.opening import await_ledger, open_ledger

    configure(settings.log_format)
    ledger = open_ledger(settings, waits=True)
    deliveries = delivery_settings(settings.environ, concurrency=APART)
    tracing.start(os.environ)
    metrics = Metrics()
    send = watched(Sender(guard_of(settings.environ), ledger.vault.unseal, deliveries).send, metrics)
    dispatcher = Dispatcher(ledger, send, deliveries, claiming=not broker)
    status = StatusServer(listen, Exposition(metrics, ledger), ledger, dispatcher.is_alive).start() if listen else None
    await_ledger(ledger, threading.Event())
    if broker:
        _deliver_from_broker(ledger, dispatcher, deliveries, broker)
    else:
        _deliver_from_ledger(dispatcher)
    if status is not None:
        status.stop()


def _deliver_from_ledger(dispatcher: Dispatcher) -> None:
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    dispatcher.start()
    click.echo("Delivering from the ledger. Stop with Ctrl-C.", err=True)
    while not stopped.wait(0.5):  # a wait without an end would not hear Ctrl-C on Windows
        pass
    dispatcher.stop()


def _deliver_from_broker(ledger: Ledger, dispatcher: Dispatcher, settings: DeliverySettings, broker: str) -> None:
    from specloom.connector.webhooks.delivery.celery import make_app, publisher, run_worker

    app = make_app(broker)
    feeder = Feeder(ledger, settings, publisher(app, settings))

    def deliver(ids: Sequence[str]) -> None:
        dispatcher.accept(ids, QUEUE)

    dispatcher.start()
    feeder.start()
    click.echo("Delivering what the broker hands out. Stop with Ctrl-C.", err=True)
    try:
        run_worker(app, deliver)
    finally:
        feeder.stop()
        dispatcher.stop()

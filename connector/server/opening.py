"""The ledger of a process: reached, brought to this version, and of the right secret key; awaited where it is down."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sqlalchemy.exc import OperationalError

from specloom.connector.ledger import Ledger, Vault, make_engine
from specloom.connector.ledger.migrate import LedgerUnreachable, unusable, upgrade
from specloom.connector.ledger.rotation import check_secret_key, seal_anew
from specloom.connector.ledger.vault import secret_key_of
from specloom.connector.settings import Settings
from specloom.connector.telemetry.logs import log

_AGAIN = 1.0
"""Seconds from one try to reach it to the next."""

LedgerCheck = Callable[[Ledger], None]
"""Raises SpecloomError where the ledger is not one to serve from."""


def open_ledger(settings: Settings, *, waits: bool = False) -> Ledger:
    """The ledger with its tables up to date. Raises SpecloomError: LedgerUnreachable where it may be there later, and
    with `waits` that is no error, but the ledger is not open (see `await_ledger`)."""
    key = settings.secret_key or secret_key_of(settings.data / "secret.key")
    ledger = Ledger(make_engine(settings.ledger_url), Vault(key), is_open=False)
    try:
        _open(ledger)
    except LedgerUnreachable:
        if not waits:
            raise
    return ledger


def await_ledger(ledger: Ledger, stopped: threading.Event, check: LedgerCheck = lambda _ledger: None) -> bool:
    """Open it as soon as it can be reached; False where `stopped` came first. Raises SpecloomError where it is the
    wrong one."""
    said = ""
    while not ledger.is_open:
        try:
            _open(ledger, check)
        except LedgerUnreachable as error:
            if said != error.problem.message:
                said = error.problem.message
                log.warning("Waiting: %s", said)
            if stopped.wait(_AGAIN):
                return False
    if said:
        log.info("The ledger is there")
    return True


def _open(ledger: Ledger, check: LedgerCheck = lambda _ledger: None) -> None:
    upgrade(ledger.engine)
    checked = Ledger(ledger.engine, ledger.vault)
    try:
        check_secret_key(checked)
        seal_anew(checked)
        check(checked)
    except OperationalError as error:
        raise unusable(ledger.engine, error) from error
    ledger.is_open = True

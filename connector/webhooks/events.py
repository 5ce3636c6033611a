"""Puts an event into the ledger with all its deliveries, in the caller's transaction: whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from specloom.connector.ledger.ids import new_id
from specloom.connector.ledger.webhook_tables import deliveries, events, hooks
from specloom.connector.webhooks.callback_secrets import UNSIGNED, SealedSecrets
from specloom.connector.webhooks.patterns import matches

FIRST_ROOM = 4
"""How many deliveries a hook that has not answered yet may have in flight."""
MAX_RAW = 1_000_000
"""Bytes of a service's own reply that are kept; of a longer one (a file in base64, say) hooks get the result only."""
FINAL = frozenset({"succeeded", "failed", "canceled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`source_id` and `state` make it unique within tenant and service; without a source_id each is an event of its
    own. `raw` goes only to hooks that ask for it, in the payload's field of that name: the last one, None here."""

    tenant: str
    service: str
    type: str
    payload: Mapping[str, Any]
    state: str
    source_id: str = ""
    operation: str = ""
    raw: Any = None


def record(
    connection: Connection,
    *,
    tenant: str,
    service: str,
    operation: str,
    result: Mapping[str, Any],
    dedupe: str | None = None,
    callback: str | None = None,
    sealed: SealedSecrets = UNSIGNED,
) -> str | None:
    """Record a finished, normalized result. Returns the event's id, or None when this vendor id has reached this
    final state before (nothing is sent again then). `dedupe` stands in for a missing vendor id, such as the job's
    id. `callback` is a checked URL that is told once, beside the hooks, signed with `sealed`. Raises what SQLAlchemy
    raises; call `wake()` of the dispatcher after the commit. A result that is not final is refused with ValueError."""
    if result["status"] not in FINAL:
        raise ValueError(f"a result that is {result['status']} is no event yet")
    event = Event(
        tenant=tenant,
        service=service,
        operation=operation,
        type=f"{result['type']}.{result['status']}",
        payload={**{name: value for name, value in result.items() if name != "raw"}, "raw": None},
        raw=result.get("raw"),
        source_id=str(result.get("id") or dedupe or ""),
        state=result["status"],
    )
    return emit(connection, event, callbacks=[callback] if callback else (), sealed=sealed)


def emit(
    connection: Connection, event: Event, *, callbacks: Iterable[str] = (), without: Iterable[str] = (),
    sealed: SealedSecrets = UNSIGNED,
) -> str | None:  # fmt: skip
    """Write the event and a delivery for each hook of its tenant that wants it, but for those `without`. `sealed` is
    what the deliveries to `callbacks` are signed with."""
    now, event_id = time.time(), new_id("evt")
    if not _write(connection, event, event_id, now):
        return None
    left_out = set(without)
    targets = [hook for hook in _subscribed(connection, event) if hook not in left_out]
    targets += [_callback_hook(connection, event.tenant, url, sealed, now) for url in callbacks]
    if targets:
        rows = [
            {
                "id": new_id("dlv"), "event_id": event_id, "hook_id": hook, "tenant": event.tenant,
                "state": "pending", "due": now, "created": now,
            }
            for hook in targets
        ]  # fmt: skip
        connection.execute(insert(deliveries), rows)
    return event_id


def known(connection: Connection, event: Event) -> str | None:
    """The id of the event that has the place of this one already."""
    same = {"tenant": event.tenant, "service": event.service, "source_id": _key(event.source_id), "state": event.state}
    return connection.execute(select(events.c.id).filter_by(**same)).scalar()


def _write(connection: Connection, event: Event, event_id: str, now: float) -> bool:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    raw = None if event.raw is None else json_text(event.raw)
    row = {
        "id": event_id,
        "tenant": event.tenant,
        "service": event.service,
        "operation": event.operation,
        "type": event.type,
        "source_id": _key(event.source_id) or event_id,
        "state": event.state,
        "payload": json_text(event.payload),
        "raw": raw if raw is None or len(raw) <= MAX_RAW else None,
        "created": now,
    }
    added = dialect.insert(events).values(row).on_conflict_do_nothing().returning(events.c.id)
    return connection.execute(added).scalar() is not None


def json_text(value: Any) -> str:
    """Plain ASCII, since neither database takes a lone surrogate, and PostgreSQL no NUL; NaN becomes null."""
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), separators=(",", ":"))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _key(text: str, size: int = 300) -> str:
    """The text, or what stands for it where it does not fit the column (or the database)."""
    if len(text) <= size and text.isprintable():
        return text
    return f"sha256:{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"


def _subscribed(connection: Connection, event: Event) -> list[str]:
    query = select(hooks.c.id, hooks.c.events, hooks.c.services).where(
        hooks.c.tenant == event.tenant, hooks.c.kind == "hook", hooks.c.status == "enabled"
    )
    found = []
    for hook_id, patterns, services in connection.execute(query):
        wanted = json.loads(services)
        if (not wanted or event.service in wanted) and matches(json.loads(patterns), event.type):
            found.append(hook_id)
    return found


def _callback_hook(connection: Connection, tenant: str, url: str, sealed: SealedSecrets, now: float) -> str:
    """One hidden hook per URL, so that a callback has the breaker and the limits of any other."""
    same = (hooks.c.tenant == tenant) & (hooks.c.kind == "callback") & (hooks.c.target_url == url)
    known = connection.execute(select(hooks.c.id).where(same).limit(1)).scalar()
    if known is not None:
        again = {"status": "enabled", "failures": 0, "failing_since": None, "open_until": 0, "updated": now}
        connection.execute(update(hooks).where(hooks.c.id == known, hooks.c.status != "enabled").values(again))
        unsigned = (hooks.c.id == known) & (hooks.c.sealed == "")  # of the time before they were signed
        connection.execute(update(hooks).where(unsigned).values(asdict(sealed)))
        return str(known)
    row = {
        "id": new_id("hook"), "tenant": tenant, "kind": "callback", "status": "enabled", "target_url": url,
        "events": "[]", "services": "[]", "created": now, "updated": now, "room": FIRST_ROOM,
        **asdict(sealed),
    }  # fmt: skip
    connection.execute(insert(hooks).values(row))
    return str(row["id"])

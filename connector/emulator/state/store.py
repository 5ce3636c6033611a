"""What the emulated vendors remember: jobs, created records, files, and the elements of their lists."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from specloom.connector.emulator.replies.fitting import EmulatedCall

EmulatedOutcome = Literal["succeeded", "failed", "canceled", "never"]
EVERYBODY = "*"
"""Owner of what every key can see."""


@dataclass(slots=True, kw_only=True)
class EmulatedWork:
    """A job somebody started. `poll` is how it is asked for; `final` its last reply, once it is done."""

    owner: str
    call: EmulatedCall
    accepted: Any
    poll_inputs: Mapping[str, str]
    outcome: EmulatedOutcome
    done_at: float
    polls: int = 0
    final: Any = None
    told: bool = False
    """Its subscribers were told that it is done."""
    lock: threading.RLock = field(default_factory=threading.RLock)


@dataclass(slots=True, kw_only=True)
class Record:
    """Something created, changed and deleted under its path. `work` is the job that makes it, if one does."""

    owner: str
    collection: str
    """Path template it was created under."""
    id: str
    body: Any
    call: EmulatedCall | None = None
    work: EmulatedWork | None = None


class EmulatedStore:
    """One service's memory; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._works: list[EmulatedWork] = []
        self._records: list[Record] = []
        self._files: set[tuple[str, str, str]] = set()
        self._hooks: dict[str, Hook] = {}
        self._count = 0

    def number(self) -> int:
        with self._lock:
            self._count += 1
            return self._count

    def add_work(self, work: EmulatedWork) -> None:
        with self._lock:
            self._works.append(work)

    def work(self, owner: str, poll: str, inputs: Mapping[str, Any]) -> EmulatedWork | None:
        """The job this poll asks for."""
        asked = {name: str(value) for name, value in inputs.items()}
        with self._lock:
            works = list(self._works)
        for work in works:
            job = work.call.operation.job
            if job is not None and job.poll.operation_id == poll and work.owner == owner and work.poll_inputs:
                if all(asked.get(name) == value for name, value in work.poll_inputs.items()):
                    return work
        return None

    def works(self, owner: str) -> list[EmulatedWork]:
        with self._lock:
            return [work for work in self._works if work.owner == owner]

    def add_record(self, record: Record) -> None:
        with self._lock:
            self._records.append(record)

    def record(self, owner: str, collection: str, id_: str) -> Record | None:
        wanted = (collection, id_)
        return next((r for r in self.records(owner) if (r.collection, r.id) == wanted), None)

    def records(self, owner: str) -> list[Record]:
        """Newest first."""
        with self._lock:
            return [r for r in reversed(self._records) if r.owner in (owner, EVERYBODY)]

    def remove(self, record: Record) -> None:
        with self._lock:
            self._records = [r for r in self._records if r is not record]

    def keep_file(self, owner: str, operation_id: str, values: Iterable[Any]) -> None:
        with self._lock:
            self._files.add((owner, operation_id, "/".join(map(str, values))))

    def has_file(self, owner: str, operation_id: str, values: Iterable[Any]) -> bool:
        with self._lock:
            return (owner, operation_id, "/".join(map(str, values))) in self._files

    def subscribe(self, hook: Hook) -> None:
        with self._lock:
            self._hooks[hook.id] = hook

    def unsubscribe(self, id_: str) -> None:
        with self._lock:
            self._hooks.pop(id_, None)

    def hooks(self, event: str = "") -> list[Hook]:
        with self._lock:
            return [hook for hook in self._hooks.values() if not event or hook.event == event]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A subscription to a webhook trigger."""

    id: str
    event: str
    owner: str
    url: str

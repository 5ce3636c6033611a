"""What can be looked up and listed: a stock of documented elements, and everything created, newest first."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from specloom.connector.emulator.replies.files import EmulatedFiles
from specloom.connector.emulator.replies.fitting import EmulatedCall, body_path, fitted
from specloom.connector.emulator.replies.ids import like
from specloom.connector.emulator.replies.replies import element_samples
from specloom.connector.emulator.settings import EmulatorSettings
from specloom.connector.emulator.state import jobs, listing
from specloom.connector.emulator.state.store import EVERYBODY, EmulatedStore, EmulatedWork, Record
from specloom.schemas.expressions import lookup
from specloom.schemas.model import Operation, Service

_TYPE_WORDS = {"model3d": ("3d", "model3d", "model")}
_LIKENESS = 0.7
"""Share of an element's properties that a reply must have to be an element itself."""


class Catalogue:
    """The records of one service, as its lists and reads show them."""

    def __init__(self, service: Service, settings: EmulatorSettings, store: EmulatedStore) -> None:
        self.service = service
        self.settings = settings
        self.store = store
        self.lists = [operation for operation in service.operations if listing.is_list(operation)]
        self._salt = uuid.uuid4().hex
        self._began = time.time()
        self._stocks: dict[str, list[Any]] = {}

    # --- records

    def remember(self, call: EmulatedCall, owner: str, body: Any, work: EmulatedWork | None = None) -> None:
        """Keep what `call` made, under the id its reply names."""
        path = body_path(call.operation.output.mapping.get("id"))
        id_ = lookup(body, path) if path else None
        if id_ is None and isinstance(body, dict):
            id_ = body.get(self.id_key(call.operation, body))
        if id_ is None and work is not None:
            id_ = next(iter(work.poll_inputs.values()), None)
        collection = call.operation.path
        record = Record(owner=owner, collection=collection, id=str(id_), body=deepcopy(body), call=call, work=work)
        self.store.add_record(record)

    def identify(self, call: EmulatedCall, body: Any) -> None:
        """A new id for what was made, where the document does not map one."""
        if "id" not in call.operation.output.mapping and isinstance(body, dict):
            key = self.id_key(call.operation, body)
            if key in body:
                body[key] = like(body[key], f"{call.salt}:{body[key]}")

    def id_key(self, operation: Operation, body: Mapping[str, Any]) -> str:
        """The property with the id: the usual names, or that of the path parameter behind `operation`'s path."""
        below = [o for o in self.service.operations if o.path.rpartition("/")[0] == operation.path]
        wired = [
            f.pointer for o in below for f in o.fields if f.location == "path" and o.path.endswith(f"{{{f.pointer}}}")
        ]
        return next((name for name in ("id", "uuid", "_id", *wired) if name in body), "")

    def element(self, owner: str, operation: Operation, id_: str, files: EmulatedFiles) -> Any:
        """The element of a list that `operation` reads one of; None where no list has it."""
        collection = operation.path.rpartition("/")[0]
        for lister in self.lists if not operation.writes else ():
            if lister.path == collection:
                key = listing.identity_key(self.service, lister)
                for element in self.elements(lister, owner, files):
                    if isinstance(element, dict) and str(element.get(key)) == id_:
                        return files.elements([element])[0]
        return None

    # --- lists

    def elements(self, operation: Operation, owner: str, files: EmulatedFiles) -> list[Any]:
        """All elements of a list as `owner` sees it, newest first."""
        stock = self._stock(operation)
        made = [self._entry(operation, record, files) for record in self.store.records(owner)]
        return [entry for entry in made if entry is not None] + stock

    def add(self, operation: Operation, item: Any = None, owner: str = EVERYBODY) -> Any:
        """Put an element in front of a list, made like the documented ones as far as `item` does not say."""
        sample, key = self._sample(operation), listing.identity_key(self.service, operation)
        element = listing.vary(sample, key, f"{self._salt}/{self.store.number()}", time.time())
        if isinstance(element, dict) and isinstance(item, Mapping):
            element = {**element, **item}
        elif item is not None:
            element = item
        id_ = str(element.get(key)) if isinstance(element, dict) else str(element)
        self.store.add_record(Record(owner=owner, collection=operation.path, id=id_, body=element))
        return deepcopy(element)

    def _stock(self, operation: Operation) -> list[Any]:
        stock = self._stocks.get(operation.operation_id)
        if stock is None:
            stock = listing.stock(self.service, operation, self.settings.items, self._began)
            self._stocks[operation.operation_id] = stock
        return stock

    def _sample(self, operation: Operation) -> Any:
        path = (body_path(operation.pagination.items) if operation.pagination else None) or ()
        return next(iter([*self._stock(operation), *element_samples(operation, path)]), {})

    def _entry(self, operation: Operation, record: Record, files: EmulatedFiles) -> Any:
        """How a record looks in this list; None where it does not belong there."""
        if record.call is None:
            return deepcopy(record.body) if record.collection == operation.path else None
        if self._list_of(record.call.operation) is not operation:
            return None
        body = record.body
        if record.work is not None:
            done = jobs.advance(record.work, self.settings)
            body = jobs.state_body(self.service, record.work, files, done)
        sample = self._sample(operation)
        if not isinstance(sample, dict):
            return record.id
        if isinstance(body, dict) and len(body.keys() & sample.keys()) >= _LIKENESS * len(sample):
            return deepcopy(body)
        return self._described(operation, record, record.call, body, sample)

    def _described(
        self, operation: Operation, record: Record, call: EmulatedCall, body: Any, sample: dict[str, Any]
    ) -> Any:
        """An element of another shape than the reply that made it: same id, words, kind and link."""
        entry = fitted(call, sample, operation)
        entry[listing.identity_key(self.service, operation)] = record.id
        kind = call.operation.output.type
        if isinstance(entry.get("type"), str) and kind != "none":
            words = _TYPE_WORDS.get(kind, (kind,))
            known = (e.get("type") for e in self._stock(operation) if isinstance(e, dict))
            entry["type"] = next((word for word in known if word in words), words[0])
        link = _link_of(call.operation, body)
        for name in ("url", f"{kind}_url", "result_url"):
            if link and name in entry:
                entry[name] = link
        return entry

    def _list_of(self, operation: Operation) -> Operation | None:
        """The list in which what `operation` makes appears: at its own path or above it (or above its poll's),
        else the only one there is."""
        poll = self.service.operation(operation.job.poll.operation_id) if operation.job else None
        for path in (operation.path, poll.path if poll else ""):
            for lister in sorted(self.lists, key=lambda o: -len(o.path)):
                if path == lister.path or path.startswith(lister.path.rstrip("/") + "/"):
                    return lister
        media = operation.output.type not in ("none", "text")
        return self.lists[0] if media and len(self.lists) == 1 and self._holds_media(self.lists[0]) else None

    def _holds_media(self, lister: Operation) -> bool:
        """Whether an element has a link or a kind of its own: '/images' fill such a list of projects."""
        sample = self._sample(lister)
        return isinstance(sample, dict) and any(name == "type" or name.endswith("url") for name in sample)


def _link_of(operation: Operation, body: Any) -> str:
    expression = operation.output.mapping.get("url")
    reference = expression.reference if expression else None
    if reference is None:
        return ""
    if reference.root == "item":
        items = lookup(body, body_path(operation.output.items) or ())
        body = items[0] if isinstance(items, list) and items else None
    value = lookup(body, reference.path)
    return value if isinstance(value, str) else ""

"""One emulated service: what it knows, and how it answers a call it has accepted."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from connector.emulator import jobs, listing
from connector.emulator.callbacks import Callbacks
from connector.emulator.failures import failure
from connector.emulator.files import Files, content
from connector.emulator.fitting import Call, body_path, fitted, seed_of
from connector.emulator.ids import like
from connector.emulator.limits import Limits
from connector.emulator.media import DEFAULT_EXTENSION, EXTENSIONS, Medium
from connector.emulator.replies import Reply, element_samples, success
from connector.emulator.routing import Router, mount_path
from connector.emulator.settings import Settings
from connector.emulator.store import EVERYBODY, Hook, Record, Store, Work
from schemas.expressions import lookup
from schemas.input_rules import by_pointer
from schemas.inputs import body_schema, parameter_schema, to_wire
from schemas.model import Operation, Service, Trigger
from schemas.refusals import Checker

_TYPE_WORDS = {"model3d": ("3d", "model3d", "model")}


class Vendor:
    """Stands in for `service`. `callbacks` sends what it has to tell."""

    def __init__(self, service: Service, settings: Settings, callbacks: Callbacks) -> None:
        self.service = service
        self.settings = settings
        self.router = Router(service)
        self.limits = Limits(service, settings)
        self.store = Store()
        self.secret = settings.secret
        self._callbacks = callbacks
        self._salt = uuid.uuid4().hex
        self._checkers: dict[str, tuple[Checker, Checker]] = {}
        self._began = time.time()
        self._stocks: dict[str, list[Any]] = {}
        self._polls = {o.job.poll.operation_id for o in service.operations if o.job}
        self._collections = {o.path for o in service.operations if o.method == "POST" or listing.is_list(o)}

    def checkers(self, operation: Operation) -> tuple[Checker, Checker]:
        """Of the parameters and of the body."""
        found = self._checkers.get(operation.operation_id)
        if found is None:
            lenient = self._lenient(operation)
            found = Checker(parameter_schema(lenient)), Checker(body_schema(lenient))
            self._checkers[operation.operation_id] = found
        return found

    def _lenient(self, operation: Operation) -> Operation:
        name = operation.job.callback_field if operation.job else ""
        if not name or not self.settings.plain_callbacks:
            return operation
        fields = tuple(replace(f, pattern="") if f.name == name else f for f in operation.fields)
        return replace(operation, fields=fields)

    def call(self, operation: Operation, inputs: Mapping[str, Any], body: Any) -> Call:
        return Call(operation, inputs, body, f"{self._salt}/{self.store.number()}", time.time())

    # --- answers

    def answer(self, call: Call, owner: str, origin: str, url: str) -> Reply:
        """What the vendor says to a good request. `origin` is the emulator's own, `url` the request's."""
        operation, files = call.operation, self._files(origin)
        if operation.output.binary:
            return self._download(call, owner)
        if operation.operation_id in self._polls:
            work = self.store.work(owner, operation.operation_id, call.inputs)
            if work is not None:
                return self._polled(work, files)
        if operation.job is not None:
            return self._started(call, owner, files)
        if listing.is_list(operation):
            return self._listed(call, owner, files, url)
        if not self._creates(operation) and (reply := self._kept(call, owner, files)):
            return reply
        return self._made(call, owner, files)

    def _files(self, origin: str) -> Files:
        def download(operation_id: str, inputs: Mapping[str, Any]) -> str:
            operation = self.service.operation(operation_id)
            if operation is None:
                return origin
            self.store.keep_file(EVERYBODY, operation_id, inputs.values())
            path = to_wire(operation, inputs).path
            return f"{origin}/{self.service.key}{mount_path(self.service, operation)}{path}"

        return Files(self.service.key, origin, download)

    def _started(self, call: Call, owner: str, files: Files) -> Reply:
        operation = call.operation
        reply, poll_inputs = jobs.accepted(call)
        reply.body = files.rewritten(call, reply.body)
        job = operation.job
        assert job is not None
        seconds = jobs.job_seconds(operation, self.settings)
        url = call.inputs.get(job.callback_field) if job.callback_field else None
        work = Work(
            owner=owner,
            call=call,
            accepted=deepcopy(reply.body),
            poll_inputs=poll_inputs,
            outcome=jobs.outcome_of(call),
            done_at=call.at + seconds,
            callback_url=url if isinstance(url, str) else "",
        )
        self.store.add_work(work)
        self._remember(call, owner, reply.body, work)
        if work.callback_url and work.outcome != "never":
            after = seconds if self.settings.realistic else min(seconds, self.settings.callback_after)
            self._call_back(work, files, after)
        return reply

    def _call_back(self, work: Work, files: Files, after: float) -> None:
        def payload() -> Any:
            return jobs.state_body(self.service, work, files, True)

        self._callbacks.send(
            self.service.key, work.callback_url, payload, self.service.signature, self.secret, after
        )

    def _polled(self, work: Work, files: Files) -> Reply:
        done = jobs.advance(work, self.settings, polled=True)
        operation = work.call.operation
        poll = self.service.operation(operation.job.poll.operation_id) if operation.job else None
        reply = success(poll or operation)
        reply.body = jobs.state_body(self.service, work, files, done)
        if done and not work.told:
            work.told = True
            self._fire(work.call, work.owner, reply.body)
        return reply

    def _listed(self, call: Call, owner: str, files: Files, url: str) -> Reply:
        operation = call.operation
        elements = self.elements(operation, owner, files)
        reply = listing.page(operation, elements, call.inputs, url)
        path = body_path(operation.pagination.items) if operation.pagination else ()
        shown = lookup(reply.body, path or ())
        if isinstance(shown, list):
            shown[:] = files.elements(shown)
        return reply

    def _made(self, call: Call, owner: str, files: Files) -> Reply:
        reply = success(call.operation, call.inputs)
        if call.operation.operation_id in self._polls:
            reply.body = self._finished(call.operation)
        reply.body = files.rewritten(call, fitted(call, reply.body))
        if call.operation.method == "POST":
            self._identify(call, reply.body)
            self._remember(call, owner, reply.body, None)
            self._subscribe(call, owner, reply.body)
            self._fire(call, owner, reply.body)
            if self.service.signature and call.operation.sensitive and isinstance(reply.body, dict):
                self._rotate(call, reply.body)
        return reply

    def _finished(self, poll: Operation) -> Any:
        """What the documented example of a poll looks like once the work is done."""
        job = next(
            o.job for o in self.service.operations if o.job and o.job.poll.operation_id == poll.operation_id
        )
        return deepcopy(jobs.example(poll, job, "succeeded")[0])

    def _rotate(self, call: Call, body: dict[str, Any]) -> None:
        """A call that answers with nothing but a secret has changed what callbacks are signed with."""
        if set(body) == {"secret"}:
            body["secret"] = self.secret = f"{seed_of(call.salt):08x}" * 8

    # --- what is kept

    def _creates(self, operation: Operation) -> bool:
        return operation.method == "POST" or "{" not in operation.path.rpartition("/")[2]

    def _kept(self, call: Call, owner: str, files: Files) -> Reply | None:
        """The record, file or list element its last path parameter names; 404 where ids are known but not this."""
        operation = call.operation
        item = next((f for f in reversed(operation.fields) if f.location == "path"), None)
        if item is None or item.choices:
            return None
        value, collection = str(call.inputs.get(item.name, "")), operation.path.rpartition("/")[0]
        record = self.store.record(owner, collection, value)
        if record is not None:
            return self._changed(call, record)
        element = self._element(owner, operation, value, files)
        if element is not None:
            reply = success(operation)
            reply.body = element
            return reply
        if self._documented(operation, item.name, item.example, value):
            return None
        known = operation.operation_id in self._polls or collection in self._collections
        return failure(self.service, operation, 404) if known else None

    def _documented(self, operation: Operation, name: str, example: Any, value: str) -> bool:
        examples = [e.value.get(name) for e in operation.request_examples if isinstance(e.value, Mapping)]
        return value in {str(e) for e in (*examples, example) if e is not None}

    def _element(self, owner: str, operation: Operation, value: str, files: Files) -> Any:
        """An element of a list whose elements are such records."""
        for lister in self.service.operations:
            if not listing.is_list(lister) or lister.path != operation.path.rpartition("/")[0]:
                continue
            key = listing.identity_key(self.service, lister)
            for element in self.elements(lister, owner, files):
                if isinstance(element, dict) and str(element.get(key)) == value and not operation.writes:
                    return files.elements([element])[0]
        return None

    def _changed(self, call: Call, record: Record) -> Reply:
        operation = call.operation
        reply = success(operation)
        if operation.method == "DELETE":
            self.store.remove(record)
            self.store.unsubscribe(record.id)
            return reply
        if (
            operation.method in ("PUT", "PATCH")
            and isinstance(record.body, dict)
            and isinstance(call.body, dict)
        ):
            record.body.update(call.body)
        reply.body = deepcopy(record.body)
        return reply

    def _identify(self, call: Call, body: Any) -> None:
        """Without a result mapping, `id` is the id."""
        item = call.operation.output.mapping.get("id")
        if item is None and isinstance(body, dict):
            key = self._id_key(call.operation, body)
            if key:
                body[key] = like(body[key], f"{call.salt}:{body[key]}")

    def _id_key(self, operation: Operation, body: dict[str, Any]) -> str:
        names: list[str] = [name for name in ("id", "uuid", "_id") if name in body]
        names += [by_pointer(f)[-1] for f in self._path_fields(operation) if by_pointer(f)[-1] in body]
        return names[0] if names else ""

    def _path_fields(self, operation: Operation) -> list[Any]:
        """The last path parameter of the operations on what `operation` creates."""
        below = [
            o
            for o in self.service.operations
            if o.path.rpartition("/")[0] == operation.path and "{" in o.path
        ]
        return [
            f for o in below for f in o.fields if f.location == "path" and o.path.endswith(f"{{{f.pointer}}}")
        ]

    def _remember(self, call: Call, owner: str, body: Any, work: Work | None) -> None:
        path = body_path(call.operation.output.mapping.get("id"))
        id_ = lookup(body, path) if path else None
        if id_ is None and isinstance(body, dict):
            key = self._id_key(call.operation, body)
            id_ = body.get(key) if key else None
        if id_ is None and work is not None:
            id_ = next(iter(work.poll_inputs.values()), None)
        self.store.add_record(
            Record(
                owner=owner,
                collection=call.operation.path,
                id=str(id_),
                body=deepcopy(body),
                call=call,
                work=work,
            )
        )

    def _download(self, call: Call, owner: str) -> Reply:
        operation = call.operation
        values = [call.inputs.get(f.name) for f in operation.fields if f.location == "path"]
        known = any(self.store.has_file(who, operation.operation_id, values) for who in (owner, EVERYBODY))
        item = next((f for f in reversed(operation.fields) if f.location == "path"), None)
        if item is not None and not known:
            value = str(call.inputs.get(item.name, ""))
            linked = any(
                o.output.download and o.output.download.operation_id == operation.operation_id
                for o in self.service.operations
            )
            if linked and not self._documented(operation, item.name, item.example, value):
                return failure(self.service, operation, 404)
        reply = success(operation)
        name = str(values[-1]) if values else ""
        extension = name.rpartition(".")[2].lower()
        kind = EXTENSIONS.get(extension) or reply.media_type
        if "json" in kind or "*" in kind:
            kind = EXTENSIONS.get(
                DEFAULT_EXTENSION.get(operation.output.type, "bin"), "application/octet-stream"
            )
        reply.body, reply.media_type = content(Medium(content_type=kind, seed=seed_of(name))), kind
        return reply

    # --- lists and events

    def elements(self, operation: Operation, owner: str, files: Files) -> list[Any]:
        """All elements of a list as `owner` sees it, newest first."""
        if operation.operation_id not in self._stocks:
            found = listing.stock(self.service, operation, self.settings.items, self._began)
            self._stocks[operation.operation_id] = found
        stock = self._stocks[operation.operation_id]
        made = [self._entry(operation, record, files, stock) for record in self.store.records(owner)]
        return [entry for entry in made if entry is not None] + stock

    def add_item(self, operation: Operation, item: Any = None, owner: str = EVERYBODY) -> Any:
        """Put a new element in front of a list, made from the documented ones where none is given."""
        samples = element_samples(operation, self._items_path(operation))
        key = listing.identity_key(self.service, operation)
        salt = f"{self._salt}/{self.store.number()}"
        element = listing.vary(samples[0], key, salt, time.time()) if samples else {}
        element = (
            {**element, **item} if isinstance(element, dict) and isinstance(item, dict) else item or element
        )
        id_ = str(element.get(key)) if isinstance(element, dict) else str(element)
        self.store.add_record(Record(owner=owner, collection=operation.path, id=id_, body=element))
        return deepcopy(element)

    def _items_path(self, operation: Operation) -> tuple[str, ...]:
        return (body_path(operation.pagination.items) if operation.pagination else None) or ()

    def _entry(self, operation: Operation, record: Record, files: Files, stock: list[Any]) -> Any:
        """How a record looks in this list; None where it does not belong there."""
        if record.call is None:
            return deepcopy(record.body) if record.collection == operation.path else None
        if self._list_of(record.call.operation) is not operation:
            return None
        body = record.body
        if record.work is not None:
            done = jobs.advance(record.work, self.settings)
            body = jobs.state_body(self.service, record.work, files, done)
        sample = stock[0] if stock else (element_samples(operation, self._items_path(operation)) or [None])[0]
        if not isinstance(sample, dict):
            return record.id
        if isinstance(body, dict) and len(body.keys() & sample.keys()) >= 0.7 * len(sample):
            return deepcopy(body)
        return self._described(operation, record, body, sample)

    def _described(self, operation: Operation, record: Record, body: Any, sample: dict[str, Any]) -> Any:
        call = record.call
        assert call is not None
        key = listing.identity_key(self.service, operation)
        entry = fitted(Call(call.operation, call.inputs, call.body, call.salt, call.at), sample, operation)
        entry[key] = record.id
        result, made = call.operation.output, call.operation
        kinds = _TYPE_WORDS.get(result.type, (result.type,))
        if isinstance(entry.get("type"), str) and result.type != "none":
            samples = [
                e.get("type") for e in self._stocks.get(operation.operation_id, ()) if isinstance(e, dict)
            ]
            entry["type"] = next((t for t in samples if t in kinds), kinds[0])
        link = self._link_of(made, body)
        for name in ("url", f"{result.type}_url", "result_url"):
            if link and name in entry:
                entry[name] = link
        return entry

    def _link_of(self, operation: Operation, body: Any) -> str:
        expression = operation.output.mapping.get("url")
        reference = expression.reference if expression else None
        if reference is None:
            return ""
        if reference.root == "item":
            items = lookup(body, body_path(operation.output.items) or ())
            body = items[0] if isinstance(items, list) and items else None
        value = lookup(body, reference.path)
        return value if isinstance(value, str) else ""

    def _list_of(self, operation: Operation) -> Operation | None:
        """The list in which what `operation` makes appears: at its own path or above it (or above its poll's),
        else the only one there is."""
        lists = [o for o in self.service.operations if listing.is_list(o)]
        poll = self.service.operation(operation.job.poll.operation_id) if operation.job else None
        for path in (operation.path, poll.path if poll else ""):
            for lister in sorted(lists, key=lambda o: -len(o.path)):
                if path == lister.path or path.startswith(lister.path.rstrip("/") + "/"):
                    return lister
        made = operation.output.type != "none"
        return lists[0] if len(lists) == 1 and made else None

    def _subscribe(self, call: Call, owner: str, body: Any) -> None:
        for trigger in self._triggers(call.operation):
            url = call.inputs.get(trigger.url_field)
            id_ = str(body.get(self._id_key(call.operation, body))) if isinstance(body, dict) else ""
            if isinstance(url, str) and re.match(r"https?://", url):
                self.store.subscribe(Hook(id=id_, event=trigger.event, owner=owner, url=url))

    def _triggers(self, operation: Operation) -> list[Trigger]:
        id_ = operation.operation_id
        return [t for t in self.service.triggers if t.delivery == "webhook" and t.operation_id == id_]

    def _fire(self, call: Call, owner: str, body: Any) -> None:
        """Tell the subscribers; a subscription itself is no news."""
        if not self._triggers(call.operation):
            for trigger in self.service.triggers:
                self.fire(trigger, owner=owner)

    def fire(self, trigger: Trigger, payload: Any = None, owner: str = "") -> int:
        """Send one event to its subscribers; how many there are."""
        hooks = [hook for hook in self.store.hooks(trigger.event) if not owner or hook.owner == owner]
        sample = deepcopy(trigger.samples[0]) if trigger.samples else {}
        if payload is None:
            payload = listing.vary(
                sample, trigger.dedupe.strip("/"), f"{self._salt}/{self.store.number()}", time.time()
            )
        signature = trigger.signature or self.service.signature
        for hook in hooks:
            self._callbacks.send(self.service.key, hook.url, payload, signature, self.secret)
        return len(hooks)

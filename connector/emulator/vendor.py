"""One emulated service: what it knows, and how it answers a call it has accepted."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from msgspec.structs import replace

from specloom.connector.emulator.replies.failures import failure
from specloom.connector.emulator.replies.files import EmulatedFiles, content
from specloom.connector.emulator.replies.fitting import EmulatedCall, body_path, fitted, seed_of
from specloom.connector.emulator.replies.media import DEFAULT_EXTENSION, EXTENSIONS, Medium
from specloom.connector.emulator.replies.replies import EmulatedReply, success
from specloom.connector.emulator.settings import EmulatorSettings
from specloom.connector.emulator.state import jobs, listing
from specloom.connector.emulator.state.callbacks import Callbacks
from specloom.connector.emulator.state.catalogue import Catalogue
from specloom.connector.emulator.state.limits import Limits
from specloom.connector.emulator.state.store import EVERYBODY, EmulatedStore, EmulatedWork, Hook, Record
from specloom.schemas.expressions import lookup
from specloom.schemas.http.inputs import body_schema, parameter_schema, to_wire
from specloom.schemas.http.routing import Router, mount_path
from specloom.schemas.http.validation import Checker
from specloom.schemas.model import Field, Operation, Service, Trigger


class EmulatedVendor:
    """Stands in for `service`. `callbacks` sends what it has to tell."""

    def __init__(self, service: Service, settings: EmulatorSettings, callbacks: Callbacks) -> None:
        self.service = service
        self.settings = settings
        self.router = Router(service)
        self.limits = Limits(service, settings)
        self.store = EmulatedStore()
        self.catalogue = Catalogue(service, settings, self.store)
        self.secret = settings.secret
        self._callbacks = callbacks
        self._salt = uuid.uuid4().hex
        self._checkers: dict[str, tuple[Checker, Checker]] = {}
        self._polls = {o.job.poll.operation_id: o.job for o in service.operations if o.job}
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
        return replace(
            operation, fields=tuple(replace(f, pattern="") if f.name == name else f for f in operation.fields)
        )

    def call(self, operation: Operation, inputs: Mapping[str, Any], body: Any) -> EmulatedCall:
        return EmulatedCall(operation, inputs, body, f"{self._salt}/{self.store.number()}", time.time())

    def answer(self, call: EmulatedCall, owner: str, origin: str, url: str) -> EmulatedReply:
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
        if operation.method != "POST" and (reply := self._kept(call, owner, files)):
            return reply
        return self._made(call, owner, files)

    def _files(self, origin: str) -> EmulatedFiles:
        def download(operation_id: str, inputs: Mapping[str, Any]) -> str:
            operation = self.service.operation(operation_id)
            if operation is None:
                return origin
            self.store.keep_file(EVERYBODY, operation_id, inputs.values())
            path = to_wire(operation, inputs).path
            return f"{origin}/{self.service.key}{mount_path(self.service, operation)}{path}"

        return EmulatedFiles(self.service.key, origin, download)

    # --- jobs

    def _started(self, call: EmulatedCall, owner: str, files: EmulatedFiles) -> EmulatedReply:
        reply, poll_inputs = jobs.accepted(call)
        reply.body = files.rewritten(call, reply.body)
        job, seconds = call.operation.job, jobs.job_seconds(call.operation, self.settings)
        url = call.inputs.get(job.callback_field) if job and job.callback_field else None
        work = EmulatedWork(
            owner=owner,
            call=call,
            accepted=deepcopy(reply.body),
            poll_inputs=poll_inputs,
            outcome=jobs.outcome_of(call),
            done_at=call.at + seconds,
        )
        self.store.add_work(work)
        self.catalogue.remember(call, owner, reply.body, work)
        if isinstance(url, str) and work.outcome != "never":
            after = seconds if self.settings.realistic else min(seconds, self.settings.callback_after)
            self._callbacks.send(
                self.service.key,
                url,
                lambda: jobs.state_body(self.service, work, files, True),
                self.service.signature,
                self.secret,
                after,
            )
        return reply

    def _polled(self, work: EmulatedWork, files: EmulatedFiles) -> EmulatedReply:
        done = jobs.advance(work, self.settings, polled=True)
        job = work.call.operation.job
        poll = self.service.operation(job.poll.operation_id) if job else None
        reply = success(poll or work.call.operation)
        reply.body = jobs.state_body(self.service, work, files, done)
        if done and not work.told:
            work.told = True
            self._fire_all(work.call, work.owner)
        return reply

    # --- calls that are answered at once

    def _listed(self, call: EmulatedCall, owner: str, files: EmulatedFiles, url: str) -> EmulatedReply:
        operation = call.operation
        reply = listing.page(operation, self.catalogue.elements(operation, owner, files), call.inputs, url)
        path = body_path(operation.pagination.items) if operation.pagination else ()
        shown = lookup(reply.body, path or ())
        if isinstance(shown, list):
            shown[:] = files.elements(shown)
        return reply

    def _made(self, call: EmulatedCall, owner: str, files: EmulatedFiles) -> EmulatedReply:
        reply = success(call.operation, call.inputs)
        job = self._polls.get(call.operation.operation_id)
        if job is not None:
            reply.body = deepcopy(jobs.example(call.operation, job, "succeeded")[0])
        reply.body = files.rewritten(call, fitted(call, reply.body))
        if call.operation.method == "POST":
            self.catalogue.identify(call, reply.body)
            self.catalogue.remember(call, owner, reply.body)
            self._subscribe(call, owner, reply.body)
            self._fire_all(call, owner)
            if self.service.signature and call.operation.sensitive and isinstance(reply.body, dict):
                self._rotate(call, reply.body)
        return reply

    def _rotate(self, call: EmulatedCall, body: dict[str, Any]) -> None:
        """A call that answers with nothing but a secret has changed what callbacks are signed with."""
        if set(body) == {"secret"}:
            body["secret"] = self.secret = f"{seed_of(call.salt):08x}" * 8

    def _kept(self, call: EmulatedCall, owner: str, files: EmulatedFiles) -> EmulatedReply | None:
        """The record or list element its last path parameter names; 404 where ids are known but not this one."""
        operation, item = call.operation, _last_path_field(call.operation)
        if item is None or item.choices or not operation.path.endswith("}"):
            return None
        value, collection = str(call.inputs.get(item.name, "")), operation.path.rpartition("/")[0]
        record = self.store.record(owner, collection, value)
        if record is not None:
            return self._changed(call, record)
        element = self.catalogue.element(owner, operation, value, files)
        if element is not None:
            reply = success(operation)
            reply.body = element
            return reply
        known = operation.operation_id in self._polls or collection in self._collections
        return failure(self.service, operation, 404) if known and not _documented(operation, item, value) else None

    def _changed(self, call: EmulatedCall, record: Record) -> EmulatedReply:
        """A record that was created here is read, changed or deleted."""
        reply = success(call.operation)
        if call.operation.method == "DELETE":
            self.store.remove(record)
            self.store.unsubscribe(record.id)
            return reply
        if call.operation.method in ("PUT", "PATCH") and isinstance(record.body, dict) and isinstance(call.body, dict):
            record.body.update(call.body)
        reply.body = deepcopy(record.body)
        return reply

    def _download(self, call: EmulatedCall, owner: str) -> EmulatedReply:
        """Bytes; of files that links lead to, only those that exist."""
        operation, item = call.operation, _last_path_field(call.operation)
        values = [call.inputs.get(f.name) for f in operation.fields if f.location == "path"]
        name = str(values[-1]) if values else ""
        downloads = {o.output.download.operation_id for o in self.service.operations if o.output.download}
        known = any(self.store.has_file(who, operation.operation_id, values) for who in (owner, EVERYBODY))
        if item is not None and operation.operation_id in downloads and not known:
            if not _documented(operation, item, name):
                return failure(self.service, operation, 404)
        reply = success(operation)
        kind = EXTENSIONS.get(name.rpartition(".")[2].lower()) or reply.media_type
        if "json" in kind or "*" in kind:
            kind = EXTENSIONS.get(DEFAULT_EXTENSION.get(operation.output.type, "bin"), "application/octet-stream")
        reply.body, reply.media_type = content(Medium(content_type=kind, seed=seed_of(name))), kind
        return reply

    # --- events

    def _subscribe(self, call: EmulatedCall, owner: str, body: Any) -> None:
        for trigger in self._subscribed_by(call.operation):
            url = call.inputs.get(trigger.url_field)
            id_ = str(body.get(self.catalogue.id_key(call.operation, body))) if isinstance(body, dict) else ""
            if isinstance(url, str) and re.match(r"https?://", url):
                self.store.subscribe(Hook(id=id_, event=trigger.event, owner=owner, url=url))

    def _subscribed_by(self, operation: Operation) -> list[Trigger]:
        return [
            t for t in self.service.triggers if t.delivery == "webhook" and t.operation_id == operation.operation_id
        ]

    def _fire_all(self, call: EmulatedCall, owner: str) -> None:
        """Tell the subscribers that something was made; a subscription itself is no news."""
        if not self._subscribed_by(call.operation):
            for trigger in self.service.triggers:
                self.fire(trigger, owner=owner)

    def fire(self, trigger: Trigger, payload: Any = None, owner: str = "") -> int:
        """Send one event to its subscribers (of `owner`, if given); how many there are."""
        hooks = [hook for hook in self.store.hooks(trigger.event) if owner in ("", hook.owner)]
        if payload is None:
            sample = deepcopy(trigger.samples[0]) if trigger.samples else {}
            salt = f"{self._salt}/{self.store.number()}"
            payload = listing.vary(sample, trigger.dedupe.strip("/"), salt, time.time())
        for hook in hooks:
            signature = trigger.signature or self.service.signature
            self._callbacks.send(self.service.key, hook.url, payload, signature, self.secret)
        return len(hooks)


def _last_path_field(operation: Operation) -> Field | None:
    return next((f for f in reversed(operation.fields) if f.location == "path"), None)


def _documented(operation: Operation, item: Field, value: str) -> bool:
    """Whether the value is the document's own example."""
    examples = [e.value.get(item.name) for e in operation.request_examples if isinstance(e.value, Mapping)]
    return value in {str(example) for example in (*examples, item.example) if example is not None}

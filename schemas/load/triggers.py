"""Events: watched lists, subscribe operations with their callbacks, and the document's webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from specloom.schemas.document.extension import extension
from specloom.schemas.document.node import Node
from specloom.schemas.load.access.requirements import METHODS
from specloom.schemas.load.fields.maker import FieldMaker
from specloom.schemas.load.lifecycle import Behaviour, success_links
from specloom.schemas.load.operations import OperationMaker
from specloom.schemas.load.responses import media_type_of
from specloom.schemas.load.samples import sample_of
from specloom.schemas.model import Link, Operation, Signature, Trigger
from specloom.schemas.text import clean, humanize, one_line, title_case

OperationsById = Mapping[str, tuple[Operation, Node]]


def triggers(maker: OperationMaker, known: OperationsById, signature: Signature | None) -> tuple[Trigger, ...]:
    """In the document's order: polling, then subscriptions, then webhooks registered by hand."""
    found = [*_polling(maker, known), *_subscriptions(maker, known, signature), *_webhooks(maker, signature)]
    result: dict[str, Trigger] = {}
    for trigger in found:
        result.setdefault(trigger.event, trigger)
    return tuple(result.values())


def _polling(maker: OperationMaker, known: OperationsById) -> Iterator[Trigger]:
    for operation, node in known.values():
        block = extension(node, "operation", maker.report).get("trigger")
        if not block:
            continue
        if operation.pagination is None and not operation.output.repeated:
            maker.report.operation = operation.operation_id
            told = "nothing says where the list stands that is to be watched"
            maker.report.warn(node.get("x-specloom"), "trigger", told, "add x-specloom.pagination with its items")
            maker.report.operation = ""
            continue
        name = one_line(block.get("event")) or f"New {title_case(operation.resource)}"
        yield Trigger(
            event=operation.operation_id,
            name=name,
            description=_sentence(block.get("description"), name),
            delivery="polling",
            operation_id=operation.operation_id,
            payload=operation.output.fields,
            dedupe=block["dedupe"],
            when={key: tuple(values) for key, values in (block.get("when") or {}).items()},
            order=block.get("order", ""),
        )


def _sentence(given: Any, name: str) -> str:
    """Zapier demands 'Triggers when ….', and it reads well everywhere."""
    text = clean(given, 900)
    if not text.startswith("Triggers when "):
        text = f"Triggers when {text[:1].lower()}{text[1:]}" if text else f"Triggers when there is a {name.lower()}"
    return f"{text.rstrip('.')}."


def _subscriptions(maker: OperationMaker, known: OperationsById, signature: Signature | None) -> Iterator[Trigger]:
    behaviour = Behaviour(maker.shapes, maker.report, maker.responses)
    for operation, node in known.values():
        unsubscribe = _unsubscribe(operation, known)
        if unsubscribe is None:
            continue
        for name, callback in node.get("callbacks").items():
            url_field = behaviour.callback_field(operation, node, name)
            if _tells_of_work(operation, url_field):
                continue
            for _, item in maker.refs.follow(callback).items():
                yield _webhook(
                    maker, name, maker.refs.follow(item), signature,
                    operation_id=operation.operation_id, url_field=url_field, unsubscribe=unsubscribe,
                )  # fmt: skip
                break


def _tells_of_work(operation: Operation, url_field: str) -> bool:
    """A callback for what this one call starts: its URL may be left out, what the work needs may not."""
    url = operation.field(url_field)
    others = [f for f in operation.fields if f.required and f.location == "body" and f.default is None]
    return operation.job is not None or (url is not None and not url.required and bool(others))


def _unsubscribe(operation: Operation, known: OperationsById) -> Link | None:
    for link in success_links(operation.responses):
        target = known.get(link.operation_id)
        if target and target[0].method == "DELETE":
            return link
    return None


def _webhooks(maker: OperationMaker, signature: Signature | None) -> Iterator[Trigger]:
    for name, item in (*maker.root.get("webhooks").items(), *maker.root.get("x-webhooks").items()):
        yield _webhook(maker, name, maker.refs.follow(item), signature)


def _webhook(
    maker: OperationMaker, event: str, item: Node, signature: Signature | None, **subscription: Any
) -> Trigger:
    method = next((m for m in METHODS if isinstance(item.get(m).value, dict)), "post")
    node = item.get(method)
    content = maker.refs.follow(node.get("requestBody")).get("content")
    media = maker.refs.follow(content.get(media_type_of(content, (r"application/.*json",))))
    fields = FieldMaker(maker.shapes, maker.report, "event").of_body(media.get("schema")) if media else ()
    name = title_case(one_line(node.text("summary"))) or humanize(event)
    samples = tuple(example.value for example in maker.responses.examples(media)) if media else ()
    return Trigger(
        event=one_line(event),
        name=name,
        description=_sentence(node.text("description"), name),
        delivery="webhook",
        payload=fields,
        samples=samples or (sample_of(fields, maker.responses.samples),),
        signature=signature,
        **subscription,
    )

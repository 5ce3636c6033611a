"""OpenTelemetry traces: requests, vendor calls and deliveries. On where the extra `otel` is installed and one of the
standard variables says where traces go; nothing but names, hosts, ids and statuses is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

P = ParamSpec("P")
R = TypeVar("R")
_WHERE = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_tracer: Any = None
"""Of this process; None where there are no traces."""


def start(environ: Mapping[str, str]) -> bool:
    """Send traces where the environment says, from this process; after a fork, in each. Whether there are any."""
    global _tracer
    if _tracer is None and any(environ.get(name, "").strip() for name in _WHERE):
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError:
            return False
        provider = TracerProvider(resource=Resource.create({"service.name": "specloom"}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        use(provider)
    return _tracer is not None


def use(provider: Any) -> None:
    """Traces of this provider from now on; none for None."""
    global _tracer
    _tracer = None if provider is None else provider.get_tracer("specloom")


class RequestSpan:
    """The span of a request, which everything it does is within."""

    def __init__(self, headers: Any, name: str) -> None:
        from opentelemetry import context, trace
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        given = {name: headers[name] for name in ("traceparent", "tracestate") if name in headers}
        parent = TraceContextTextMapPropagator().extract(given)
        self._span = _tracer.start_span(name, context=parent, kind=SpanKind.SERVER)
        self._token = context.attach(trace.set_span_in_context(self._span, parent))

    def end(self, attributes: Mapping[str, Any]) -> None:
        from opentelemetry import context

        _describe(self._span, attributes)
        self._span.end()
        context.detach(self._token)


def begin(headers: Any, name: str) -> RequestSpan | None:
    return RequestSpan(headers, name) if _tracer is not None else None


@contextmanager
def span(name: str, **attributes: Any) -> Iterator[Callable[..., None]]:
    """A call that goes out. Yields what adds attributes to it; of an exception the type is kept, its words are not."""
    if _tracer is None:
        yield _ignored
        return
    from opentelemetry.trace import SpanKind, Status, StatusCode

    with _tracer.start_as_current_span(
        name, kind=SpanKind.CLIENT, record_exception=False, set_status_on_exception=False
    ) as made:
        _describe(made, attributes)
        try:
            yield lambda **more: _describe(made, more)
        except Exception as error:
            made.set_attribute("error.type", type(error).__name__)
            made.set_status(Status(StatusCode.ERROR))
            raise


def _ignored(**_attributes: Any) -> None:
    """Without traces."""


def _describe(made: Any, attributes: Mapping[str, Any]) -> None:
    for name, value in attributes.items():
        if value not in (None, ""):
            made.set_attribute(name.replace("__", "."), value)


def traced_call(send: Callable[P, R]) -> Callable[P, R]:
    """A function of method and URL first, whose reply has a `status`."""

    @wraps(send)
    def sent(*given: P.args, **options: P.kwargs) -> R:
        if _tracer is None:
            return send(*given, **options)
        method, url = str(given[0]), str(given[1])
        with span(f"{method} vendor", http__request__method=method, server__address=urlsplit(url).hostname) as describe:
            reply = send(*given, **options)
            describe(http__response__status_code=getattr(reply, "status", None))
            return reply

    return sent

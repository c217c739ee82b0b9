"""W3C trace context for every request, and OpenTelemetry spans for the sampled ones.

Whether a request is traced is decided before any span is made, so that the others pay nothing for it; all of them
have a trace id, which is in their answer, their logs and their errors.
"""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from casino.kit.settings import Settings

# Ids of zeros only are no ids (W3C Trace Context, 3.2.2).
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
TRACE_FILE_BYTES_MAX = 64 * 1024 * 1024

current: ContextVar[str] = ContextVar("traceparent", default="")


def start(incoming: str | None, sample_ratio: float) -> str:
    """The request's `traceparent`: the caller's trace if it sent one, with the decision whether it is sampled.

    A caller's sampled flag is honoured; without one, `sample_ratio` of the requests are sampled.
    """
    if incoming and _TRACEPARENT.fullmatch(incoming):
        return incoming
    flags = "01" if random.random() < sample_ratio else "00"
    return f"00-{random.getrandbits(128):032x}-{random.getrandbits(64) | 1:016x}-{flags}"


def trace_id(traceparent: str) -> str:
    """The 32 hex digits that name the trace."""
    return traceparent[3:35]


def is_sampled(traceparent: str | None) -> bool:
    """Whether spans are made for this trace."""
    return bool(traceparent) and traceparent[-1:] in "13579bdf"  # type: ignore[index]  # not None where true


def sampled_or_none(traceparent: str) -> str | None:
    """What a fact carries along: the trace when it is sampled, else nothing."""
    return traceparent if is_sampled(traceparent) else None


def set_up(settings: Settings, service: str) -> TracerProvider | None:
    """Starts span export to the file and the collector of the settings; None when there is neither."""
    exporters: list[SpanExporter] = []
    if settings.trace_file:
        exporters.append(BoundedFileExporter(Path(settings.trace_file)))
    if settings.otel_exporter_otlp_endpoint:
        # Slow to import, and few have a collector.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporters.append(OTLPSpanExporter(endpoint=settings.otel_exporter_otlp_endpoint))
    if not exporters:
        return None
    resource = Resource.create({"service.name": service, "service.instance.id": settings.instance})
    provider = TracerProvider(resource=resource, sampler=ParentBased(root=TraceIdRatioBased(0.0)))
    for exporter in exporters:
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
    trace.set_tracer_provider(provider)
    return provider


class BoundedFileExporter(SpanExporter):
    """Spans as JSON lines, in a file that starts over (keeping one older file) when it reaches its bound."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def export(self, spans: "list[ReadableSpan] | tuple[ReadableSpan, ...]") -> SpanExportResult:  # type: ignore[override]
        """Appends the spans, one a line."""
        if self._path.exists() and self._path.stat().st_size > TRACE_FILE_BYTES_MAX:
            self._path.replace(self._path.with_suffix(".older"))
        with self._path.open("a") as file:
            file.writelines(span.to_json(indent=None) + "\n" for span in spans)
        return SpanExportResult.SUCCESS


@contextmanager
def continued(traceparent: str | None, name: str) -> Iterator[None]:
    """A span that continues the trace of a fact; nothing when that trace is not sampled."""
    if not is_sampled(traceparent):
        yield
        return
    parent = TraceContextTextMapPropagator().extract({"traceparent": traceparent or ""})
    token = otel_context.attach(parent)
    try:
        with trace.get_tracer("casino").start_as_current_span(name):
            yield
    finally:
        otel_context.detach(token)

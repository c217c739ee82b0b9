"""Structured logs, each line with the trace it belongs to, and no personal data."""

import logging
import sys
from typing import Any

import orjson
import structlog

from casino.kit import tracing


def set_up_logging(level: str, *, service: str, instance: str) -> None:
    """JSON lines on standard error for our own logs and the libraries'."""

    def add_context(_: Any, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        event["service"], event["instance"] = service, instance
        traceparent = tracing.current.get()
        if traceparent:
            event["trace_id"] = tracing.trace_id(traceparent)
        return event

    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_context,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(
                    serializer=lambda value, **_: orjson.dumps(value, default=str).decode()
                ),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for quiet in ("uvicorn.access", "aiokafka", "httpx", "urllib3"):
        logging.getLogger(quiet).setLevel(logging.WARNING)


def pseudonym(user_id: int) -> str:
    """How a user is named in logs: the number, which means nothing outside the database."""
    return f"u{user_id}"

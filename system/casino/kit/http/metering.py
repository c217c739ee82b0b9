"""Counts and times every request under few labels: route and status for counts, kind and surface for time."""

import time
from collections.abc import Mapping

from prometheus_client import Counter, Histogram
from starlette.types import Scope

from casino.kit import tracing
from casino.kit.metrics import counter, gauge, histogram

UNMATCHED = "unmatched"


class Metering:
    """`surfaces` maps path prefixes to surfaces, `kinds` the routes that are not plain reads or writes."""

    def __init__(self, *, surfaces: Mapping[str, str], kinds: Mapping[tuple[str, str], str]) -> None:
        self._surfaces = sorted(surfaces.items(), key=lambda item: -len(item[0]))
        self._kinds = kinds
        self._requests: dict[tuple[str, str, int], tuple[Counter, Histogram | None]] = {}
        self._in_progress = gauge("http_requests_in_progress")

    def begin(self) -> None:
        """A request has come."""
        self._in_progress.inc()

    def end(self, scope: Scope, status: int, started: float, traceparent: str) -> None:
        """It was answered; `started` is the `perf_counter` at which it came."""
        self._in_progress.dec()
        key = (scope["method"], route_path(scope), status)
        known = self._requests.get(key)
        if known is None:
            known = self._requests[key] = self._children(*key)
        requests, seconds = known
        requests.inc()
        if seconds is not None:
            exemplar = (
                {"trace_id": tracing.trace_id(traceparent)} if tracing.is_sampled(traceparent) else None
            )
            seconds.observe(time.perf_counter() - started, exemplar)

    def count(self, method: str, route: str, status: int) -> None:
        """Counts what was no request with a duration: the handshake of a socket."""
        counter("http_requests_total").labels(method, route, str(status), self.surface(route)).inc()

    def _children(self, method: str, route: str, status: int) -> tuple[Counter, Histogram | None]:
        surface = self.surface(route)
        kind = self._kinds.get((method, route)) or (
            "read" if method in ("GET", "HEAD", "OPTIONS") else "write"
        )
        requests = counter("http_requests_total").labels(method, route, str(status), surface)
        timed = route != UNMATCHED and status != 499
        return requests, histogram("http_request_duration_seconds").labels(kind, surface) if timed else None

    def surface(self, route: str) -> str:
        """The part of the product that a route belongs to."""
        return next((surface for prefix, surface in self._surfaces if route.startswith(prefix)), "ops")


def route_path(scope: Scope) -> str:
    """The route's template (``/api/users/{user_id}``), or ``unmatched``: never the path as it was asked for."""
    path = scope.get("route_path")
    if path is None:
        path = getattr(scope.get("route"), "path_format", UNMATCHED)
    return str(path)

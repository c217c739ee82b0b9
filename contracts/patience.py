"""Waits where the casino's own limits say so: a limited answer is an answer, but it examines nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx

from contracts.answers import read_problem

# Limits on what this room does a lot of. Others, such as that on browsers' reports, are part of what is examined.
SCOPES = frozenset({"user", "address", "credentials"})
SECONDS_MAX = 61
TRIES_MAX = 4


def pause_seconds(status: int, headers: Mapping[str, str], body: bytes) -> int:
    """How long to wait after an answer, 0 when there is no reason to. `headers` have names in lower case."""
    if status != 429:
        return 0
    problem = read_problem(body) or {}
    wanted = headers.get("retry-after", "")
    if problem.get("scope") not in SCOPES or not wanted.isdigit():
        return 0
    return min(int(wanted), SECONDS_MAX)


class PatientClient(httpx.Client):
    """Asks again what a rate limit refused, when it can: a body that was a stream is spent."""

    def send(self, request: httpx.Request, **how: Any) -> httpx.Response:
        """The answer, the last one if all were limited."""
        answer = super().send(request, **how)
        for _ in range(TRIES_MAX - 1):
            headers = {name.lower(): value for name, value in answer.headers.items()}
            seconds = pause_seconds(answer.status_code, headers, answer.content)
            if not seconds or not isinstance(request.stream, httpx.ByteStream):
                break
            time.sleep(seconds)
            answer = super().send(request, **how)
        return answer

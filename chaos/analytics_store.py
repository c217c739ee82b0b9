"""What the analytics store says happened, over ClickHouse's HTTP interface."""

from __future__ import annotations

import json
from collections.abc import Mapping

import httpx

# FINAL: rows that a later merge would fold into one are one already.
_EVENTS = """
    SELECT toString(event_id) AS event_id, count() AS rows FROM cc_olap.events FINAL
    GROUP BY event_id FORMAT JSONEachRow
"""
_TIMEOUT_SECONDS = 30.0


async def rows_by_event(url: str) -> Mapping[str, int]:
    """How many rows each event id has; `url` holds user and password. Raises httpx.HTTPError."""
    async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS) as client:
        # JSON has no 64-bit integers by the letter; a count of rows fits any number.
        settings = {"output_format_json_quote_64bit_integers": "0"}
        answer = await client.post(url, params=settings, content=_EVENTS)
        answer.raise_for_status()
    rows = (json.loads(line) for line in answer.text.splitlines() if line)
    return {row["event_id"]: int(row["rows"]) for row in rows}

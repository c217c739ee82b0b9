"""The wire shapes of analytics."""

from typing import Literal

from pydantic import Field

from casino.kit.http.wire import Answered, Moment


class OlapHealth(Answered):
    """How the analytics store stands. `behind`: the oldest waiting fact is more than a minute old."""

    status: Literal["ok", "behind", "away", "disabled"]
    waiting_events: int = Field(description="Committed facts on their way to it.", examples=[12])
    freshness_seconds: float = Field(description="Age of the oldest of them; 0 without any.", examples=[0.8])
    detail: str | None = Field(description="Why it is away.", examples=[None])
    checked_at: Moment = Field(examples=["2026-11-21T20:15:00.123Z"])

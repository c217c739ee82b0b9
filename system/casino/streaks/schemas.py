"""The wire shapes of streaks."""

from datetime import date

from pydantic import BaseModel, Field

from casino.kit.http.wire import Answered, Asked, Moment
from casino.streaks.rules import StreakAction

ACTION = Field(StreakAction.DAILY_LOGIN, examples=["DAILY_LOGIN"])


class KnownDay(BaseModel):
    """An attended day in a `StandingRow`."""

    day: date
    claimed: bool


class StandingRow(BaseModel):
    """Where a streak stands, as the driver or as JSON gives it; `days` are those of the last week."""

    count: int | None
    longest: int | None
    last_day: date | None
    protected: bool | None
    forgiven_month: date | None
    days: list[KnownDay] | None


class StreakAsked(Asked):
    """Which streak; the daily log-in without it."""

    action_type: StreakAction = ACTION


class ProtectionAsked(Asked):
    enabled: bool = Field(strict=True, examples=[True])
    action_type: StreakAction = ACTION


class NextReward(Answered):
    """What the next claim gives."""

    streak_count: int = Field(description="The day's number in the streak.", examples=[7])
    gold: int = Field(examples=[500])
    xp: int = Field(examples=[100])


class StreakStatus(Answered):
    """Where a streak stands. Days are the casino's."""

    action_type: StreakAction
    count: int = Field(description="Days in a row; 0 once it is broken.", examples=[6])
    longest: int = Field(examples=[12])
    today: date
    attended_today: bool
    claimed_today: bool
    ttl_seconds: int = Field(description="Until it breaks unless you come; 0 without one.", examples=[40_000])
    next_claim_at: Moment = Field(description="When the next reward can be had; past or now when it can.")
    next_reward: NextReward
    attendance_week: list[date] = Field(description="Days of this week, Monday to Sunday, that count.")
    protection_enabled: bool


class ComingDay(Answered):
    """A day to come and what it gives if none is missed."""

    day: date
    streak_count: int
    gold: int
    xp: int
    claimed: bool


class StreakPreview(Answered):
    action_type: StreakAction
    days: list[ComingDay]


class AttendedDay(Answered):
    day: date
    claimed: bool
    forgiven: bool = Field(description="Missed, and forgiven by protection.")


class StreakHistory(Answered):
    """A month's days, in order."""

    action_type: StreakAction
    year: int = Field(examples=[2026])
    month: int = Field(examples=[11])
    days: list[AttendedDay]


class Ticked(Answered):
    """Today is recorded."""

    action_type: StreakAction
    streak_count: int = Field(examples=[6])
    recorded: bool = Field(description="False when it was recorded before.")


class Claimed(Answered):
    """Today's reward."""

    awarded_gold: int = Field(examples=[150])
    awarded_xp: int = Field(examples=[30])
    streak_count: int = Field(examples=[1])
    new_gold_balance: int = Field(examples=[1_150])


class Protection(Answered):
    """One missed day a month is forgiven while it is enabled."""

    action_type: StreakAction
    enabled: bool
    available: bool = Field(description="Whether this month's day is still unused.")

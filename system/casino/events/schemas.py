"""The wire shapes of events and missions."""

from datetime import date
from typing import Annotated

from pydantic import Field

from casino.events.rules import Period
from casino.kit.http.wire import WHOLE, Answered, Asked, Moment

# JavaScript, and many a JSON reader, keeps no integer above this exact.
Id = Annotated[int, Field(ge=1, lt=2**53), WHOLE]
Words = dict[str, str]


class EventReward(Answered):
    """What completing an event gives, and what every win gives meanwhile."""

    gold: int = Field(examples=[1_000])
    xp: int = Field(examples=[100])
    flat_win_bonus: int = Field(description="Gold on every win while it runs.", examples=[50])


class Participation(Answered):
    """Your part in an event."""

    progress: int = Field(examples=[3])
    target: int = Field(examples=[5])
    completed: bool
    claimable: bool
    claimed_at: Moment | None
    joined_at: Moment


class EventCard(Answered):
    """An event that is running."""

    id: int
    code: str = Field(examples=["neon-week-2026-11-16"])
    title: Words = Field(description="By language.", examples=[{"en": "Neon Week", "ko": "네온 위크"}])
    description: Words
    measure: str = Field(description="What counts.", examples=["plays"])
    target: int = Field(examples=[5])
    reward: EventReward
    priority: int = Field(description="The highest is the hot one.")
    starts_at: Moment
    ends_at: Moment
    participants: int = Field(description="Players who joined.", examples=[128])
    mine: Participation | None = Field(description="Null until you join.")


class Events(Answered):
    """Events that run now, the hot one first."""

    items: list[EventCard]
    server_time: Moment


class JoinAsked(Asked):
    event_id: Id = Field(examples=[1])


class ProgressAsked(Asked):
    """Progress that an operator adds to a player's."""

    user_id: Id
    amount: Annotated[int, Field(ge=1, le=1_000_000), WHOLE] = Field(
        description="Added, never set.", examples=[1]
    )


class RewardClaimed(Answered):
    """The reward of an event or a mission."""

    code: str = Field(examples=["daily-plays"])
    awarded_gold: int = Field(examples=[100])
    awarded_xp: int = Field(examples=[20])
    new_gold_balance: int = Field(examples=[1_250])


class MissionCard(Answered):
    """A mission and how far you came in its period."""

    id: int
    code: str = Field(examples=["daily-plays"])
    period: Period
    title: Words = Field(description="By language.")
    measure: str = Field(examples=["plays"])
    progress: int = Field(description="At most the target.", examples=[4])
    target: int = Field(examples=[10])
    gold: int = Field(examples=[100])
    xp: int = Field(examples=[20])
    completed: bool
    claimable: bool
    claimed: bool


class Missions(Answered):
    """Today's and this week's missions."""

    daily: list[MissionCard]
    weekly: list[MissionCard]
    daily_resets_at: Moment
    weekly_resets_at: Moment
    today: date

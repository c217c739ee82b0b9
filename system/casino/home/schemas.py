"""The wire shapes of actions, public figures and browsers' reports."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from casino.achievements.service import MyAchievements
from casino.battlepass.service import BattlePass
from casino.events.service import EventCard, Missions
from casino.games.service import UserStats
from casino.home.rules import (
    BULK_ACTIONS_MAX,
    CONTEXT_MEMBERS_MAX,
    VITALS,
    ActionType,
    ObjectiveState,
    OverallState,
)
from casino.kit.http.wire import Answered, Asked, Moment, WrittenMoment
from casino.notifications.service import Unread
from casino.rewards.service import Standing
from casino.streaks.service import StreakStatus
from casino.vip.service import VipStatus

EVENTS_MAX = 50
# PostgreSQL keeps no NUL in text; JavaScript keeps no integer above this exact, and neither does a float.
_EXACT_MAX = 2**53 - 1
_Text = Annotated[str, StringConstraints(max_length=256, pattern=r"^[^\x00]*$")]
_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
_Whole = Annotated[int, Field(ge=-_EXACT_MAX, le=_EXACT_MAX, strict=True)]
_Number = Annotated[float, Field(ge=-_EXACT_MAX, le=_EXACT_MAX, allow_inf_nan=False, strict=True)]
Context = Annotated[
    dict[_Name, bool | _Whole | _Number | _Text | None],
    Field(max_length=CONTEXT_MEMBERS_MAX, json_schema_extra={"additionalProperties": False}),
]


def _of_this_century(moment: datetime) -> datetime:
    if not 2000 <= moment.year < 2100:
        raise ValueError("a time between 2000 and 2100 is needed")
    return moment.astimezone(UTC)


class ActionAsked(Asked):
    """Something a player did, as their browser says."""

    action_type: ActionType = Field(examples=["OPEN_SHOP"])
    client_ts: Annotated[WrittenMoment, AfterValidator(_of_this_century)] | None = Field(
        None,
        description="When it happened by the browser's clock.",
        json_schema_extra={"pattern": "^20[0-9]{2}-"},
        examples=["2026-11-21T20:15:00Z"],
    )
    context: Context = Field(
        default_factory=dict,
        description="Flat facts about it; no personal data.",
        examples=[{"source": "home_banner", "position": 2}],
    )


class ActionsAsked(Asked):
    """Several actions, in order; all are logged or none."""

    actions: list[ActionAsked] = Field(min_length=1, max_length=BULK_ACTIONS_MAX)


class Action(Answered):
    """One action in the log. `id` is the user's event number, also that of its `user_action` message."""

    id: int = Field(examples=[42])
    action_type: str = Field(examples=["OPEN_SHOP"])
    source: Literal["client", "server"] = Field(description="Who says so: the browser, or the settled event.")
    context: dict[str, Any] = Field(examples=[{"source": "home_banner"}])
    client_ts: Moment | None = Field(examples=["2026-11-21T20:15:00.000Z"])
    created_at: Moment = Field(examples=["2026-11-21T20:15:00.123Z"])


def action_of(row: Any) -> Action:
    """The action in a row of the log."""
    return Action(
        id=row["event_no"],
        action_type=row["action_type"],
        source=row["source"],
        context=row["action_data"],
        client_ts=row["client_ts"],
        created_at=row["created_at"],
    )


class LoggedActions(Answered):
    """The actions of a bulk call, in their order."""

    items: list[Action]


class GlobalFigures(Answered):
    """How busy the casino is. At most five seconds old."""

    online_users: int | None = Field(
        description="Users seen on a socket in the last five minutes; null while they cannot be counted.",
        examples=[128],
    )
    spins_last_hour: int = Field(description="Settled rounds.", examples=[5_120])
    big_wins_last_hour: int = Field(description="Rounds that won above the threshold.", examples=[7])
    generated_at: Moment = Field(examples=["2026-11-21T20:15:00.123Z"])


class DashboardProfile(Answered):
    """Who you are, nothing personal."""

    id: int = Field(examples=[42])
    site_id: str = Field(examples=["neon_fox"])
    nickname: str = Field(examples=["네온여우"])
    role: Literal["user", "operator", "admin"]
    rank: Literal["STANDARD", "PREMIUM", "VIP"]
    gold_balance: int = Field(examples=[1_000])


class Dashboard(Answered):
    """Everything the home page shows, as it stood at one moment; `community` is up to five seconds older."""

    profile: DashboardProfile
    standing: Standing
    streak: StreakStatus
    vip: VipStatus
    hot_event: EventCard | None = Field(description="The running event of the highest priority, or null.")
    missions: Missions
    achievements: MyAchievements
    battle_pass: BattlePass | None = Field(description="Null while no season runs.")
    game_stats: UserStats
    recent_actions: list[Action] = Field(description="Your last ten, newest first.")
    notifications: Unread
    community: GlobalFigures | None = Field(description="Null while it cannot be had at once.")
    generated_at: Moment


class Objective(Answered):
    """A promise, and the share of its error budget that is left; below 0 when more than all is spent."""

    name: str = Field(examples=["read-latency"])
    target: float = Field(examples=[0.99])
    budget_left: float | None = Field(description="Null when it cannot be told.", examples=[0.87])
    state: ObjectiveState


class Incident(Answered):
    """Something that is wrong now."""

    name: str = Field(examples=["GamesAvailabilityBudgetBurn"])
    summary: str
    since: Moment


class ClubStatus(Answered):
    """How the casino keeps its promises."""

    state: OverallState
    objectives: list[Objective]
    incidents: list[Incident]
    generated_at: Moment


class ClientEvent(Asked):
    """A timing, a retry or an error that a browser saw; no personal data."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"kind": {"const": "web_vital"}}},
            "then": {
                "properties": {"name": {"enum": list(VITALS)}, "valueSeconds": {"type": "number"}},
                "required": ["valueSeconds"],
            },
        }
    )

    kind: Literal["web_vital", "api_retry", "error"]
    name: str = Field(
        min_length=1,
        max_length=64,
        description=f"The vital ({', '.join(VITALS)}), why a request was sent again, or the error's name.",
        examples=["lcp"],
    )
    value_seconds: float | None = Field(None, ge=0, le=600, allow_inf_nan=False, strict=True, examples=[1.25])
    detail: str | None = Field(None, max_length=1_000, description="More about an error.")

    @model_validator(mode="after")
    def _vitals_are_known_and_measured(self) -> Self:
        if self.kind == "web_vital" and (self.name not in VITALS or self.value_seconds is None):
            raise ValueError(f"a web_vital is one of {', '.join(VITALS)} and has value_seconds")
        return self


class ClientReport(Asked):
    """What a browser saw since it last reported."""

    events: list[ClientEvent] = Field(min_length=1, max_length=EVENTS_MAX)

"""The wire shapes of the back office."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from casino.kit.http.wire import WHOLE, Answered, Asked, AskedMoment, Moment

ActionName = Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z_]+$", max_length=64)]
_Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$", max_length=120)]
_Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*[^\s\x00][^\x00]*$", max_length=2_000)]
_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
_Value = Annotated[str, StringConstraints(max_length=256, pattern=r"^[^\x00]*$")]
GameType = Literal["slot", "rps", "gacha", "crash"]
# JavaScript, and many a JSON reader, keeps no integer above this exact.
_UserId = Annotated[int, Field(ge=1, lt=2**53), WHOLE]


class MessageAsked(Asked):
    """What to say."""

    title: _Line = Field(examples=["Double gold tonight"])
    body: _Text = Field(examples=["From 20:00 to midnight every win pays 50 gold more."])
    data: dict[_Name, _Value] = Field(
        default_factory=dict,
        max_length=10,
        json_schema_extra={"additionalProperties": False},
        description="Flat facts for the client, such as where a tap leads.",
        examples=[{"path": "/slot"}],
    )


class SendAsked(MessageAsked):
    """A message to some users, now."""

    user_ids: list[_UserId] = Field(min_length=1, max_length=1_000, examples=[[42]])


class ScheduleAsked(MessageAsked):
    """A message for later, to these users or, without any, to everybody."""

    send_at: AskedMoment = Field(examples=["2026-11-22T20:00:00Z"])
    user_ids: list[_UserId] | None = Field(None, min_length=1, max_length=1_000)


class GameDecisionAsked(Asked):
    """What is to hold at a game, from now or from a moment on. Without limits it has its own."""

    enabled: bool = Field(description="False takes no more bets; rounds that run go on to their end.")
    min_bet: int | None = Field(None, ge=1, lt=2**31, examples=[10])
    max_bet: int | None = Field(None, ge=1, lt=2**31, examples=[5_000])
    effective_from: AskedMoment | None = Field(None, description="Now, without one.")
    reason: _Line = Field(description="For other operators.", examples=["The reels' lights flicker."])


class GameDecision(Answered):
    """What holds from a moment on. `version` 0 is the game as it is shipped, decided by nobody."""

    version: int
    enabled: bool
    min_bet: int
    max_bet: int
    effective_from: Moment | None
    reason: str | None
    decided_by: int | None


class GameStanding(GameDecision):
    """How a game stands, and the decisions whose moment has not come; the newest one that has begun counts."""

    game_type: GameType
    to_come: list[GameDecision]


class GameStandings(Answered):
    games: list[GameStanding]


class Sending(Answered):
    """What is sent, to how many, and how far that is. `targeted` is null when it goes to everybody."""

    id: int = Field(examples=[3])
    kind: str = Field(examples=["ADMIN_BROADCAST"])
    title: str
    body: str
    data: dict[str, Any]
    targeted: int | None = Field(examples=[1])
    delivered: int = Field(description="Inboxes it is in by now.", examples=[1])
    state: str = Field(examples=["sent"])
    send_at: Moment
    created_by: int
    created_at: Moment
    finished_at: Moment | None


class AuditRow(Answered):
    """One write of an operator."""

    id: int
    actor_id: int
    action: str = Field(examples=["notifications.send"])
    target: str = Field(examples=["send:3"])
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str
    trace_id: str
    created_at: Moment


class Export(Answered):
    """All that is kept about a user, as they may take it elsewhere. Lists are newest first."""

    generated_at: str
    account: dict[str, Any] = Field(
        examples=[{"id": 42, "site_id": "neon_fox", "phone_number": "821012345678"}]
    )
    sessions: list[dict[str, Any]]
    login_attempts: list[dict[str, Any]]
    security_events: list[dict[str, Any]]
    play_limits: dict[str, Any]
    notification_settings: dict[str, Any]
    notifications: list[dict[str, Any]]
    standing: dict[str, Any]
    rewards: list[dict[str, Any]]
    streaks: list[dict[str, Any]]
    attendance: list[dict[str, Any]]
    vip_points: list[dict[str, Any]]
    vip_gifts: list[dict[str, Any]]
    achievements: list[dict[str, Any]]
    battle_passes: list[dict[str, Any]]
    battle_pass_premiums: list[dict[str, Any]]
    battle_pass_claims: list[dict[str, Any]]
    event_participations: list[dict[str, Any]]
    missions: list[dict[str, Any]]
    following: list[dict[str, Any]]
    feed: list[dict[str, Any]]
    leaderboard_scores: list[dict[str, Any]]
    purchases: list[dict[str, Any]]
    inventory: list[dict[str, Any]]
    payment_checks: list[dict[str, Any]]
    transfers: list[dict[str, Any]]
    rounds: list[dict[str, Any]]
    actions: list[dict[str, Any]]

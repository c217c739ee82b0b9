"""Every message of the socket, as it is sent and as contracts/asyncapi.yaml describes it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

EventId = Annotated[int, Field(ge=0, description="The user's event number: the token to resume after.")]
Timestamp = Annotated[
    str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-21T20:15:00.123Z"])
]
UserId = Annotated[int, Field(ge=1, description="Whose message it is.")]
Gold = Annotated[int, Field(description="Whole gold.")]


class Shape(BaseModel):
    """A part of a message: every member is always there, unless it says that it may be absent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(Shape):
    """A message with a number: something that happened to the user."""

    id: EventId
    type: str
    user_id: UserId
    data: Any
    timestamp: Timestamp


class Spoken(Shape):
    """A message about the socket itself: it has no number and is never replayed."""

    id: None
    type: str
    user_id: UserId
    data: Any
    timestamp: Timestamp


class SyncConnectedData(Shape):
    session_id: str = Field(description="Names this socket in our logs.")
    resumed: bool = Field(description="True: all since last_event_id follows. False: initial_state follows.")
    server_time: Timestamp


class SyncConnected(Spoken):
    """The first message of every socket."""

    type: Literal["sync_connected"]
    data: SyncConnectedData


class InitialState(Told):
    """The dashboard snapshot; `id` is the position it was taken at. Replaces whatever the client held."""

    type: Literal["initial_state"]
    data: dict[str, Any]


class Changes(Shape):
    """What is new in the profile; only what changed is there."""

    gold_balance: Gold | None = Field(None, ge=0)
    level: int | None = None
    exp: int | None = None
    rank: str | None = None


class ProfileUpdateData(Shape):
    changes: Changes


class ProfileUpdate(Told):
    """The profile or the balance changed."""

    type: Literal["profile_update"]
    data: ProfileUpdateData


class GameEventData(BaseModel):
    """A round that was settled, or of crash one that began (`running`); each game adds members of its own."""

    model_config = ConfigDict(extra="allow", frozen=True)

    game_type: str = Field(examples=["slot"])
    round_id: str
    bet_amount: Gold
    win_amount: Gold
    multiplier: float
    balance: Gold = Field(description="Gold after the round.")
    outcome: Literal["win", "lose", "draw", "running"]


class GameEvent(Told):
    """The outcome of a round, or the start of one that runs."""

    type: Literal["game_event"]
    data: GameEventData


class FloorEvent(Spoken):
    """What happened to any player in a game, for who watches the floor; `user_id` is that player."""

    type: Literal["game_event"]
    data: GameEventData


class MonitorSnapshot(Spoken):
    """How the floor stands when somebody begins to watch it: which games are open, the newest rounds, what runs."""

    type: Literal["monitor_snapshot"]
    data: dict[str, Any]


class GameTotals(Shape):
    """One game's running totals, flat."""

    game_type: str = Field(examples=["slot"])
    plays: int
    wins: int
    losses: int
    total_bet: Gold
    total_gold_won: Gold
    highest_multiplier: float


class StatsUpdateData(Shape):
    stats: GameTotals


class StatsUpdate(Told):
    """The player's totals in one game after a round."""

    type: Literal["stats_update"]
    data: StatsUpdateData


class UserActionData(Shape):
    action_type: str = Field(examples=["SLOT_SPIN"])
    client_ts: str | None = Field(
        None, description="When the client says that it happened; absent for our own."
    )
    context: dict[str, Any]
    server_ts: Timestamp


class UserAction(Told):
    """Something the user did, as the actions log has it."""

    type: Literal["user_action"]
    data: UserActionData


class RewardGrantedData(Shape):
    reward_type: Literal["gold"]
    amount: Gold
    source: str = Field(description="Which part of the casino gave it.", examples=["streak"])
    balance_after: Gold


class RewardGranted(Told):
    """The player was given something."""

    type: Literal["reward_granted"]
    data: RewardGrantedData


class StreakUpdateData(Shape):
    action_type: str = Field(examples=["DAILY_LOGIN"])
    streak_count: int = Field(ge=1, description="Days in a row.")


class StreakUpdate(Told):
    """A day was attended or claimed."""

    type: Literal["streak_update"]
    data: StreakUpdateData


class MissionProgressData(Shape):
    mission_code: str = Field(examples=["daily-plays"])
    progress: int = Field(ge=0, description="At most the target.")
    target: int
    claimable: bool


class MissionProgress(Told):
    """A mission moved by a tenth of its way, was completed, or was claimed."""

    type: Literal["mission_progress"]
    data: MissionProgressData


class EventProgressData(Shape):
    event_code: str = Field(examples=["neon-week-2026-11-16"])
    progress: int = Field(ge=0, description="At most the target.")
    target: int
    claimable: bool


class EventProgress(Told):
    """The player joined an event, or moved in it by a tenth of the way."""

    type: Literal["event_progress"]
    data: EventProgressData


class AchievementProgressData(Shape):
    achievement_code: str = Field(examples=["first-spin"])
    progress: int = Field(ge=0, description="At most the target.")
    unlocked: bool


class AchievementProgress(Told):
    """An achievement moved by a tenth of its way, or was unlocked."""

    type: Literal["achievement_progress"]
    data: AchievementProgressData


class BattlepassUpdateData(Shape):
    season_code: str = Field(examples=["neon-nights-2026-11"])
    level: int = Field(ge=0, description="Levels reached.")
    progress: int = Field(ge=0, description="Experience in the season.")
    target: int = Field(description="What the next level needs in all.")
    claimable: bool = Field(description="Whether any level was reached; which are taken, the pass says.")


class BattlepassUpdate(Told):
    """Experience moved a tenth of the way to the next level, a level was reached, or premium was bought."""

    type: Literal["battlepass_update"]
    data: BattlepassUpdateData


Kind = Literal["ADMIN_BROADCAST", "ADMIN_NOTIFICATION", "SECURITY", "CAMPAIGN"]


class NotificationData(Shape):
    kind: Kind
    title: str
    body: str
    data: dict[str, Any] = Field(description="Flat; a `code` says what it is in no language.")


class Notification(Shape):
    """A message to the user. One to everybody has no number: who missed it finds it in the inbox."""

    id: EventId | None
    type: Literal["notification"]
    user_id: UserId
    data: NotificationData
    timestamp: Timestamp


class FollowedNotification(Shape):
    """The same on the socket of notifications alone: its kind is its type."""

    id: EventId | None
    type: Kind
    user_id: UserId
    data: NotificationData
    timestamp: Timestamp


class SessionEndData(Shape):
    session_id: str
    game_type: str = Field(examples=["slot"])
    result_data: dict[str, Any] = Field(
        description="duration, rounds, total_bet, total_win, net, roi, game_result"
    )


class SessionEnd(Told):
    """A sitting at a game ended."""

    type: Literal["session_end"]
    data: SessionEndData


class FeedEventData(Shape):
    actor: UserId
    kind: Literal["big_win"]
    amount: Gold
    game_type: str = Field(examples=["slot"])


class FeedEvent(Told):
    """Something happened to a player whom the user follows."""

    type: Literal["feed_event"]
    data: FeedEventData


class PresenceData(Shape):
    user_id: UserId
    online: bool = Field(description="Whether they have a socket open, to within two minutes.")


class Presence(Spoken):
    """A player whom the user follows, and who lets it be seen, came or went. Not replayed."""

    type: Literal["presence"]
    data: PresenceData


class Nothing(Shape):
    """An empty object."""


class PurchaseUpdateData(Shape):
    status: Literal[
        "pending",
        "success",
        "failed",
        "idempotent_reuse",
        "grant_failed",
        "insufficient_funds",
        "item_purchase_failed",
    ]
    product_id: int | None = None
    package_id: str | None = None
    receipt_code: str | None = None
    amount: int | None = Field(None, description="Cents; 0 for what gold bought.")
    reason_code: str | None = None


class PurchaseUpdate(Told):
    """How a purchase stands; once it moved gold a profile_update follows."""

    type: Literal["purchase_update"]
    data: PurchaseUpdateData


class Ping(Spoken):
    """Every 25 s; answer with a pong. After 60 s without a word from the client the socket is closed."""

    type: Literal["ping"]
    data: Nothing


class Pong(Spoken):
    """The answer to a client's ping."""

    type: Literal["pong"]
    data: Nothing


class ErrorData(Shape):
    error: str = Field(description="A stable code.", examples=["unknown_type"])
    detail: str


class Error(Spoken):
    """The client sent what it may not; the fifth time the socket is closed with 1008."""

    type: Literal["error"]
    data: ErrorData


class ClientPing(BaseModel):
    """Asks for a pong."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["ping"]


class ClientPong(BaseModel):
    """The answer to a ping."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["pong"]


EVENTS: dict[str, type[Told | Notification]] = {
    "profile_update": ProfileUpdate,
    "game_event": GameEvent,
    "stats_update": StatsUpdate,
    "user_action": UserAction,
    "reward_granted": RewardGranted,
    "streak_update": StreakUpdate,
    "mission_progress": MissionProgress,
    "event_progress": EventProgress,
    "achievement_progress": AchievementProgress,
    "battlepass_update": BattlepassUpdate,
    "session_end": SessionEnd,
    "feed_event": FeedEvent,
    "notification": Notification,
    "purchase_update": PurchaseUpdate,
}
"""The messages that facts become, by type."""

SENT: tuple[type[Shape], ...] = (SyncConnected, InitialState, *EVENTS.values(), Presence, Ping, Pong, Error)
FOLLOWED: tuple[type[Shape], ...] = (SyncConnected, InitialState, FollowedNotification, Ping, Pong, Error)
"""What the socket of notifications alone sends."""
PLAYED: tuple[type[Shape], ...] = (
    SyncConnected,
    InitialState,
    GameEvent,
    StatsUpdate,
    SessionEnd,
    Ping,
    Pong,
    Error,
)
"""What the socket of one's own games sends."""
WATCHED: tuple[type[Shape], ...] = (MonitorSnapshot, FloorEvent, Ping, Pong, Error)
"""What the socket of who watches the floor sends."""
TAKEN: tuple[type[BaseModel], ...] = (ClientPing, ClientPong)

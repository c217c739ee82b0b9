"""The wire shapes of players among each other."""

from typing import Annotated, Literal

from pydantic import Field

from casino.kit.http.wire import Answered, Asked, Moment

Board = Literal["gold_won", "biggest_multiplier", "streak"]
Window = Literal["day", "week", "month", "all"]


class Face(Answered):
    """What others may see of a player."""

    user_id: int
    nickname: str
    rank: str


class Following(Answered):
    """Whether you follow a player, and how many do."""

    following: bool
    follower_count: int


Online = Annotated[
    bool | None,
    Field(
        description="Whether they are here; null when you do not follow them, they hide it, or nobody can tell."
    ),
]


class FollowedFace(Face):
    """A player of a list, and since when they are on it."""

    since: Moment
    online: Online


class SocialSettings(Answered):
    """What your followers see."""

    show_presence: bool = Field(description="Whether you are here.")
    show_wins: bool = Field(description="Your big wins.")


class SocialSettingsAsked(Asked):
    """What to change; what is left out or null stays."""

    show_presence: bool | None = Field(None, strict=True, examples=[False])
    show_wins: bool | None = Field(None, strict=True)


class People(Answered):
    """One page of players, and how many there are in all."""

    items: list[FollowedFace]
    next_cursor: str | None
    total: int


class Player(Face):
    """A player as others see them."""

    follower_count: int
    followed_count: int
    following: bool = Field(description="Whether you follow them.")
    online: Online


class FeedEntry(Answered):
    """Something that happened to a player you follow."""

    actor: Face
    kind: Literal["big_win"]
    amount: int = Field(description="Gold paid out.")
    game_type: str
    created_at: Moment


class Leader(Face):
    """A place on a board; equal scores share it."""

    place: int
    score: float


class OwnPlace(Answered):
    """Where you stand."""

    place: int
    score: float


class Leaderboard(Answered):
    """The best of a window (UTC), and your own place."""

    board: Board
    window: Window
    leaders: list[Leader]
    own: OwnPlace | None = Field(description="Null while you have no score there.")

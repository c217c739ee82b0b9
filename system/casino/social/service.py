"""What other rooms may ask of players among each other, and what the routes answer."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity.service import account_of
from casino.kit.exports import exported
from casino.kit.http.wire import Page, write_cursor
from casino.social import repository
from casino.social.errors import OwnFollower
from casino.social.rules import Slice, window_start
from casino.social.schemas import (
    Board,
    Face,
    FeedEntry,
    FollowedFace,
    Following,
    Leader,
    Leaderboard,
    OwnPlace,
    People,
    Player,
    SocialSettings,
    Window,
)

LEADERS = 20
Here = Collection[int] | None
"""Who is here now; None when nobody can tell."""


async def follow(connection: AsyncConnection, follower_id: int, followee_id: int) -> Following:
    """OwnFollower for oneself, UserNotFound for nobody; following twice is following once."""
    if follower_id == followee_id:
        raise OwnFollower("You cannot follow yourself.")
    await account_of(connection, followee_id)
    await repository.follow(connection, follower_id, followee_id)
    return await _following(connection, follower_id, followee_id)


async def unfollow(connection: AsyncConnection, follower_id: int, followee_id: int) -> Following:
    """OwnFollower for oneself, UserNotFound for nobody."""
    if follower_id == followee_id:
        raise OwnFollower("You cannot follow yourself.")
    await account_of(connection, followee_id)
    await repository.unfollow(connection, follower_id, followee_id)
    return await _following(connection, follower_id, followee_id)


async def _following(connection: AsyncConnection, follower_id: int, followee_id: int) -> Following:
    followers, _ = await repository.counts(connection, followee_id)
    following = await repository.is_following(connection, follower_id, followee_id)
    return Following(following=following, follower_count=followers)


async def player(connection: AsyncConnection, viewer_id: int, user_id: int, *, here: Here) -> Player:
    """A player as others see them; UserNotFound without."""
    account = await account_of(connection, user_id)
    followers, followed = await repository.counts(connection, user_id)
    following = await repository.is_following(connection, viewer_id, user_id)
    shown = following and (await settings_of(connection, user_id)).show_presence
    return Player(
        user_id=user_id,
        nickname=account.nickname,
        rank=account.rank,
        follower_count=followers,
        followed_count=followed,
        following=following,
        online=_online(user_id, here) if shown else None,
    )


def _online(user_id: int, here: Here) -> bool | None:
    return None if here is None else user_id in here


async def settings_of(connection: AsyncConnection, user_id: int) -> SocialSettings:
    """What the user lets followers see."""
    presence, wins = await repository.settings_of(connection, user_id) or (True, True)
    return SocialSettings(show_presence=presence, show_wins=wins)


async def change_settings(
    connection: AsyncConnection, user_id: int, *, show_presence: bool | None, show_wins: bool | None
) -> SocialSettings:
    """Changes what is given; what followers saw until now they have seen."""
    asked = {"presence_shown": show_presence, "wins_shown": show_wins}
    changes = {name: value for name, value in asked.items() if value is not None}
    if changes:
        await repository.change_settings(connection, user_id, changes)
    return await settings_of(connection, user_id)


async def followed_by(connection: AsyncConnection, user_id: int, asked: Slice, *, here: Here) -> People:
    """Whom the user follows, and who of them is here."""
    rows = await repository.followed_by(connection, user_id, asked)
    _, total = await repository.counts(connection, user_id)
    return _people(rows, asked.limit, total, here)


async def followers_of(connection: AsyncConnection, user_id: int, asked: Slice) -> People:
    """Who follows the user."""
    rows = await repository.followers_of(connection, user_id, asked)
    total, _ = await repository.counts(connection, user_id)
    return _people(rows, asked.limit, total, None)


async def forget_user(connection: AsyncConnection, user_id: int) -> None:
    """Forgets whom an erased user followed, who followed them, and what they let be seen."""
    await repository.forget_user(connection, user_id)


def _people(rows: list[repository.AnyRow], limit: int, total: int, here: Here) -> People:
    more, rows = len(rows) > limit, rows[:limit]
    return People(
        items=[_face(row, here) for row in rows],
        next_cursor=write_cursor(rows[-1].user_id) if more else None,
        total=total,
    )


def _face(row: repository.AnyRow, here: Here) -> FollowedFace:
    online = _online(row.user_id, here) if row.presence_shown else None
    return FollowedFace(
        user_id=row.user_id, nickname=row.nickname, rank=row.rank, since=row.since, online=online
    )


async def feed(
    connection: AsyncConnection, user_id: int, *, before_id: int | None, limit: int
) -> Page[FeedEntry]:
    """What happened to those whom the user follows, newest first."""
    rows = await repository.feed(connection, user_id, before_id=before_id, limit=limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    entries = [
        FeedEntry(
            actor=Face(user_id=row.actor_id, nickname=row.nickname, rank=row.rank),
            kind=row.kind,
            amount=row.amount,
            game_type=row.game_type,
            created_at=row.created_at,
        )
        for row in rows
    ]
    return Page(items=entries, next_cursor=write_cursor(rows[-1].id) if more else None)


async def leaderboard(
    connection: AsyncConnection, user_id: int, board: Board, window: Window, *, today: date
) -> Leaderboard:
    """The leaders of the window that `today` lies in, and the user's own place."""
    start = window_start(window, today)
    rows = await repository.top(connection, board, window, start, limit=LEADERS)
    own = await repository.own_place(connection, board, window, start, user_id)
    return Leaderboard(
        board=board,
        window=window,
        leaders=[Leader.model_validate(row) for row in rows],
        own=None if own is None else OwnPlace(score=float(own[0]), place=own[1]),
    )


async def everything_of(connection: AsyncConnection, user_id: int, *, rows_max: int) -> dict[str, Any]:
    """What is kept about a user here, for their export."""
    return await exported(connection, repository.kept_about(user_id), rows_max=rows_max)

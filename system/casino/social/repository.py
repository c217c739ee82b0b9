"""Every query on the tables of players among each other."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, delete, exists, false, func, select, true
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity.service import faces
from casino.kit.exports import own_rows
from casino.social.models import FeedItem, FollowRelation, LeaderboardScore, SocialSettings
from casino.social.rules import SUMMED, Place, Slice

AnyRow = Row[Any]


async def follow(connection: AsyncConnection, follower_id: int, followee_id: int) -> None:
    """From now on; nothing changes when it was so."""
    row = upsert(FollowRelation).values(follower_id=follower_id, followee_id=followee_id)
    await connection.execute(row.on_conflict_do_nothing())


async def unfollow(connection: AsyncConnection, follower_id: int, followee_id: int) -> None:
    """No longer; nothing changes when it was not so."""
    relation = delete(FollowRelation).where(
        FollowRelation.follower_id == follower_id, FollowRelation.followee_id == followee_id
    )
    await connection.execute(relation)


async def is_following(connection: AsyncConnection, follower_id: int, followee_id: int) -> bool:
    """Whether the one follows the other."""
    query = select(FollowRelation.follower_id).where(
        FollowRelation.follower_id == follower_id, FollowRelation.followee_id == followee_id
    )
    return await connection.scalar(query) is not None


async def counts(connection: AsyncConnection, user_id: int) -> tuple[int, int]:
    """(followers, followed) of a user."""
    followers = select(func.count()).where(FollowRelation.followee_id == user_id).scalar_subquery()
    followed = select(func.count()).where(FollowRelation.follower_id == user_id).scalar_subquery()
    row = (await connection.execute(select(followers, followed))).one()
    return int(row[0]), int(row[1])


async def followed_by(connection: AsyncConnection, user_id: int, asked: Slice) -> list[AnyRow]:
    """(user_id, nickname, rank, since, presence_shown) of whom the user follows, by id."""
    people = faces().subquery()
    shown = func.coalesce(SocialSettings.presence_shown, true()).label("presence_shown")
    query = (
        select(people, FollowRelation.created_at.label("since"), shown)
        .join(FollowRelation, FollowRelation.followee_id == people.c.user_id)
        .outerjoin(SocialSettings, SocialSettings.user_id == people.c.user_id)
        .where(FollowRelation.follower_id == user_id, people.c.user_id > asked.after_id)
    )
    return list(await connection.execute(_cut(query.order_by(people.c.user_id), asked)))


async def followers_of(connection: AsyncConnection, user_id: int, asked: Slice) -> list[AnyRow]:
    """(user_id, nickname, rank, since, presence_shown) of who follows the user; presence is not theirs to see."""
    people = faces().subquery()
    query = (
        select(people, FollowRelation.created_at.label("since"), false().label("presence_shown"))
        .join(FollowRelation, FollowRelation.follower_id == people.c.user_id)
        .where(FollowRelation.followee_id == user_id, people.c.user_id > asked.after_id)
    )
    return list(await connection.execute(_cut(query.order_by(people.c.user_id), asked)))


def _cut(query: Select[Any], asked: Slice) -> Select[Any]:
    """One row more than asked for, which says whether there are more."""
    return query.limit(asked.limit + 1).offset(asked.offset)


async def add_feed_items(connection: AsyncConnection, items: Sequence[Mapping[str, Any]]) -> list[AnyRow]:
    """Tells of each fact once; the rows that were new."""
    if not items:
        return []
    row = upsert(FeedItem).values(list(items)).on_conflict_do_nothing(index_elements=["event_id"])
    return list(await connection.execute(row.returning(*FeedItem.__table__.columns)))


async def settings_of(connection: AsyncConnection, user_id: int) -> tuple[bool, bool] | None:
    """(presence_shown, wins_shown) of a user; None when they never changed them."""
    query = select(SocialSettings.presence_shown, SocialSettings.wins_shown)
    row = (await connection.execute(query.where(SocialSettings.user_id == user_id))).one_or_none()
    return None if row is None else (row[0], row[1])


async def change_settings(connection: AsyncConnection, user_id: int, changes: Mapping[str, bool]) -> None:
    """Changes what a user lets followers see."""
    row = upsert(SocialSettings).values(user_id=user_id, **changes)
    moved = row.on_conflict_do_update(
        index_elements=["user_id"], set_=dict(changes) | {"updated_at": func.now()}
    )
    await connection.execute(moved)


async def forget_user(connection: AsyncConnection, user_id: int) -> None:
    """Whom they followed, who followed them, and what they let be seen."""
    await connection.execute(delete(SocialSettings).where(SocialSettings.user_id == user_id))
    either = (FollowRelation.follower_id == user_id) | (FollowRelation.followee_id == user_id)
    await connection.execute(delete(FollowRelation).where(either))


async def hiding_wins(connection: AsyncConnection, user_ids: Sequence[int]) -> set[int]:
    """Who of these keeps wins from followers."""
    query = select(SocialSettings.user_id).where(
        SocialSettings.user_id.in_(user_ids), SocialSettings.wins_shown.is_(False)
    )
    return set(await connection.scalars(query))


async def presence_followers(
    connection: AsyncConnection, user_ids: Sequence[int], *, limit: int
) -> list[AnyRow]:
    """(follower_id, followee_id) of those of these users who let followers see whether they are here."""
    hidden = exists().where(
        SocialSettings.user_id == FollowRelation.followee_id, SocialSettings.presence_shown.is_(False)
    )
    query = select(FollowRelation.follower_id, FollowRelation.followee_id)
    seen = query.where(FollowRelation.followee_id.in_(user_ids), ~hidden)
    return list(await connection.execute(seen.limit(limit)))


async def follower_ids(connection: AsyncConnection, user_id: int, *, limit: int) -> list[int]:
    """Who follows the user, by id."""
    query = select(FollowRelation.follower_id).where(FollowRelation.followee_id == user_id)
    return list(await connection.scalars(query.order_by(FollowRelation.follower_id).limit(limit)))


async def feed(
    connection: AsyncConnection, user_id: int, *, before_id: int | None, limit: int
) -> list[AnyRow]:
    """What happened to those whom the user follows, newest first."""
    people = faces().subquery()
    query = (
        select(FeedItem, people.c.nickname, people.c.rank)
        .join(FollowRelation, FollowRelation.followee_id == FeedItem.actor_id)
        .join(people, people.c.user_id == FeedItem.actor_id)
        .where(FollowRelation.follower_id == user_id)
    )
    if before_id is not None:
        query = query.where(FeedItem.id < before_id)
    return list(await connection.execute(query.order_by(FeedItem.id.desc()).limit(limit)))


async def forget_feed(connection: AsyncConnection, before: datetime) -> None:
    """Drops what is too old to be news."""
    await connection.execute(delete(FeedItem).where(FeedItem.created_at < before))


async def add_scores(connection: AsyncConnection, found: Mapping[Place, Decimal]) -> None:
    """Adds to the sums and raises the bests, in an order in which two callers never wait for each other."""
    for summed in (True, False):
        rows = [
            {
                "board": place.board,
                "window_kind": place.window_kind,
                "window_start": place.window_start,
                "user_id": place.user_id,
                "score": score,
            }
            for place, score in sorted(found.items(), key=lambda entry: str(entry[0]))
            if (place.board in SUMMED) is summed
        ]
        if not rows:
            continue
        row = upsert(LeaderboardScore)
        old, new = LeaderboardScore.score, row.excluded.score
        moved = row.on_conflict_do_update(
            index_elements=["board", "window_kind", "window_start", "user_id"],
            set_={"score": old + new if summed else func.greatest(old, new)},
        )
        await connection.execute(moved, rows)


async def top(
    connection: AsyncConnection, board: str, window_kind: str, start: date, *, limit: int
) -> list[AnyRow]:
    """(user_id, nickname, rank, score, place) of the leaders; equal scores share a place."""
    people, entry = faces().subquery(), LeaderboardScore
    place = func.rank().over(order_by=entry.score.desc()).label("place")
    leaders = (
        select(entry.user_id, entry.score, place)
        .where(entry.board == board, entry.window_kind == window_kind, entry.window_start == start)
        .order_by(entry.score.desc(), entry.user_id)
        .limit(limit)
        .subquery()
    )
    query = select(people, leaders.c.score, leaders.c.place).join(
        leaders, leaders.c.user_id == people.c.user_id
    )
    return list(await connection.execute(query.order_by(leaders.c.place, people.c.user_id)))


async def own_place(
    connection: AsyncConnection, board: str, window_kind: str, start: date, user_id: int
) -> tuple[Decimal, int] | None:
    """(score, place) of a user; None without a score."""
    entry = LeaderboardScore
    here = (entry.board == board) & (entry.window_kind == window_kind) & (entry.window_start == start)
    mine = await connection.scalar(select(entry.score).where(here, entry.user_id == user_id))
    if mine is None:
        return None
    above = await connection.scalar(select(func.count()).where(here, entry.score > mine))
    return mine, int(above or 0) + 1


async def forget_scores(connection: AsyncConnection, before: date) -> None:
    """Drops the windows that ended long ago; what counts for all time stays."""
    old = delete(LeaderboardScore).where(
        LeaderboardScore.window_kind != "all", LeaderboardScore.window_start < before
    )
    await connection.execute(old)


def kept_about(user_id: int) -> dict[str, Select[Any]]:
    """The user's rows of each table here, for their export."""
    return {
        "following": own_rows(FollowRelation, user_id, newest="created_at", owner="follower_id"),
        "feed": own_rows(FeedItem, user_id, newest="id", owner="actor_id"),
        "leaderboard_scores": own_rows(LeaderboardScore, user_id, newest="window_start"),
        "social_settings": own_rows(SocialSettings, user_id, newest="updated_at"),
    }

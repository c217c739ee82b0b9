"""The running season as it is shown, and the opening of the next."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import ScalarSelect, func
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.battlepass import repository, rules
from casino.battlepass.errors import NoSeason
from casino.battlepass.schemas import BattlePass, Level, TrackReward
from casino.kit.database import Database
from casino.kit.days import Calendar, month_of
from casino.kit.sections import rows_section

CONTENT = Path(__file__).with_name("content.yaml")
OPENED_AHEAD = timedelta(days=7)


async def pass_of(connection: AsyncConnection, user_id: int, *, now: datetime) -> BattlePass:
    """The running season and how high the user is. Raises NoSeason."""
    row = (await connection.execute(repository.pass_of(user_id, now))).one_or_none()
    if row is None:
        raise NoSeason("No season is running.")
    return battle_pass(row._mapping)


def battle_pass(row: Mapping[str, Any]) -> BattlePass:
    """The season in a row of `pass_of`."""
    xp, steps = row["xp"] or 0, [level[1] for level in row["levels"]]
    level = rules.level_of(xp, steps)
    claimed = {(number, track) for number, track in row["claims"] or ()}
    levels = [_level(*one, xp=xp, premium=row["premium"], claimed=claimed) for one in row["levels"]]
    return BattlePass(
        season_code=row["code"],
        title=row["title_data"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        xp=xp,
        level=level,
        level_xp=steps[level - 1] if level else 0,
        next_level_xp=rules.target_of(xp, steps),
        premium=row["premium"],
        premium_price=row["premium_price"],
        claimable=sum(reward.claimable for one in levels for reward in one.rewards),
        levels=levels,
    )


def pass_section(user_id: Any) -> ScalarSelect[Any]:
    """What `pass_from` reads, as one JSON value for another room's statement."""
    return rows_section(repository.pass_of(user_id, func.now()))


def pass_from(rows: Sequence[Mapping[str, Any]] | None) -> BattlePass | None:
    """The season in a `pass_section`; None while none runs."""
    return battle_pass(rows[0]) if rows else None


def _level(
    number: int,
    needed: int,
    free_gold: int,
    premium_gold: int,
    *,
    xp: int,
    premium: bool,
    claimed: set[tuple[int, str]],
) -> Level:
    reached = xp >= needed

    def reward(track: rules.Track, gold: int, is_open: bool) -> TrackReward:
        taken = (number, track) in claimed
        return TrackReward(track=track, gold=gold, claimed=taken, claimable=reached and is_open and not taken)

    rewards = [reward("free", free_gold, True), reward("premium", premium_gold, premium)]
    return Level(level=number, xp=needed, reached=reached, rewards=rewards)


async def open_due(connection: AsyncConnection, calendar: Calendar, *, today: date) -> None:
    """Opens this month's season, and the next one a week before it begins.

    A season that is made after its beginning would miss what was played until then.
    """
    for day in (today, today + OPENED_AHEAD):
        await _open_monthly(connection, calendar, today=day)


async def _open_monthly(connection: AsyncConnection, calendar: Calendar, *, today: date) -> None:
    last = await repository.latest_season(connection)
    if last is None:
        return
    series = last.code.rsplit("-", 2)[0]
    same = {name: getattr(last, name) for name in ("title_data", "rate_data", "premium_price")}
    levels = await repository.levels_of(connection, last.id)
    await repository.open_season(connection, same | _month(series, calendar, today), levels)


def _month(series: str, calendar: Calendar, today: date) -> dict[str, Any]:
    first = month_of(today)
    following = month_of(first + timedelta(days=31))
    return {
        "code": f"{series}-{first:%Y-%m}",
        "starts_at": calendar.start_of(first),
        "ends_at": calendar.start_of(following),
    }


async def seed_content(database: Database, calendar: Calendar) -> Sequence[str]:
    """Opens this month's season as `content.yaml` has it, unless one runs; a line about it."""
    season = yaml.safe_load(CONTENT.read_text())["season"]
    names = ("level", "xp", "free_gold", "premium_gold")
    levels = [
        dict(zip(names, (number, *level), strict=True)) for number, level in enumerate(season["levels"], 1)
    ]
    given = {
        "title_data": season["title"],
        "rate_data": season["rates"],
        "premium_price": season["premium_price"],
    }
    async with database.transaction() as connection:
        today = await calendar.today(connection)
        month = _month(season["series"], calendar, today)
        opened = await repository.open_season(connection, given | month, levels)
    return [f"season {month['code']} with {len(levels)} levels"] if opened else []

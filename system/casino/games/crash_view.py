"""What may be seen of rounds of crash: a running one's end is its secret."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.games import repository
from casino.games.play_schemas import AuditedCrashRound, AuditedCrashRounds, CrashNow, CrashRoundShown
from casino.games.rules.crash import CRASH, POINTS_A_UNIT, Status
from casino.games.rules.fairness import commitment
from casino.games.schemas import Proof
from casino.kit.http.wire import Page, write_cursor


async def current(connection: AsyncConnection, user_id: int, *, now: datetime) -> CrashNow:
    """The running round and the one before it: enough to go on after a reconnect."""
    rows = await repository.crash_rounds(connection, user_id, before_seq=None, limit=2)
    rounds = [_shown(row) for row in rows]
    running = rounds[0] if rounds and rounds[0].status == Status.ACTIVE.value else None
    ended = [one for one in rounds if one.status != Status.ACTIVE.value]
    return CrashNow(round=running, server_time=now, last=ended[0] if ended else None)


async def history(
    connection: AsyncConnection, user_id: int, *, before_seq: int | None, limit: int
) -> Page[CrashRoundShown]:
    """The user's rounds, newest first."""
    rows = await repository.crash_rounds(connection, user_id, before_seq=before_seq, limit=limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    return Page(
        items=[_shown(row) for row in rows], next_cursor=write_cursor(rows[-1].bet_seq) if more else None
    )


async def audited(
    connection: AsyncConnection, *, user_id: int | None, status: str | None, limit: int
) -> AuditedCrashRounds:
    """Rounds of all players, newest first. Not even an operator sees where a running one ends."""
    rows = await repository.audited_crash_rounds(connection, user_id=user_id, status=status, limit=limit)
    items = [
        AuditedCrashRound(
            **_shown(row).model_dump(), user_id=row.user_id, bet_seq=row.bet_seq, end_seq=row.end_seq
        )
        for row in rows
    ]
    return AuditedCrashRounds(items=items)


def _shown(row: repository.AnyRow) -> CrashRoundShown:
    ended = row.status != Status.ACTIVE
    return CrashRoundShown(
        game_id=row.id,
        status=row.status,
        bet_amount=row.bet_amount,
        auto_cashout=_multiplier(row.auto_points),
        started_at=row.started_at,
        ended_at=row.ended_at,
        growth=CRASH.growth,
        cashout_point=_multiplier(row.cashout_points),
        crash_point=_multiplier(max(row.crash_points, POINTS_A_UNIT)) if ended else None,
        win_amount=row.win_amount,
        fairness=Proof(
            server_seed_hash=commitment(bytes(row.server_seed)), client_seed=row.client_seed, nonce=row.nonce
        ),
    )


def _multiplier(points: int | None) -> float | None:
    return None if points is None else points / POINTS_A_UNIT

"""A sitting at one game: from when a player sits down until they leave, and what it came to."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.games import repository
from casino.games.errors import SessionNotFound
from casino.games.facts import SESSION_ENDED, SESSION_ENDED_MESSAGES
from casino.games.rules.slot import outcome
from casino.games.schemas import GameType, Sitting, SittingResult
from casino.kit.ids import uuid7
from casino.kit.outbox import append_fact
from casino.wallet.service import reserve_events


async def start(connection: AsyncConnection, user_id: int, game_type: GameType) -> Sitting:
    """The player sits down."""
    row = await repository.start_session(connection, uuid7(), user_id, game_type)
    return Sitting(session_id=row.id, game_type=row.game_type, started_at=row.started_at, result_data=None)


async def end(
    connection: AsyncConnection, user_id: int, session_id: UUID, *, traceparent: str | None
) -> Sitting:
    """The player leaves: the rounds settled meanwhile are added up. A sitting that has ended answers the same again."""
    row = await repository.session_by_id(connection, user_id, session_id)
    if row is None:
        raise SessionNotFound(f"You have no sitting {session_id}.")
    if row.ended_at is not None:
        result = SittingResult.model_validate(row.result_data)
    else:
        result = await _result(connection, row)
        await repository.end_session(connection, session_id, row.now, result.model_dump(mode="json"))
        await append_fact(
            connection,
            type=SESSION_ENDED,
            user_id=user_id,
            event_no=await reserve_events(connection, user_id, SESSION_ENDED_MESSAGES),
            messages=SESSION_ENDED_MESSAGES,
            data={
                "session_id": str(session_id),
                "game_type": row.game_type,
                "result_data": result.model_dump(mode="json"),
            },
            traceparent=traceparent,
        )
    return Sitting(session_id=row.id, game_type=row.game_type, started_at=row.started_at, result_data=result)


async def _result(connection: AsyncConnection, row: repository.AnyRow) -> SittingResult:
    played = await repository.rounds_between(connection, row.user_id, row.game_type, row.started_at, row.now)
    net = int(played.total_win - played.total_bet)
    return SittingResult(
        duration=int((row.now - row.started_at).total_seconds()),
        rounds=played.rounds,
        total_bet=int(played.total_bet),
        total_win=int(played.total_win),
        net=net,
        roi=round(net / int(played.total_bet), 4) if played.total_bet else 0.0,
        game_result=outcome(int(played.total_bet), int(played.total_win)),
    )

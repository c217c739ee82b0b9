"""What a user can ask about their own data: all of it in one file, or all of it gone."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.achievements import service as achievements
from casino.battlepass import service as battlepass
from casino.events import service as events
from casino.games import service as games
from casino.home import service as home
from casino.identity import service as identity
from casino.identity.service import PersonalData, Revoked
from casino.kit.clock import rfc3339, utc_now
from casino.notifications import service as notifications
from casino.rewards import service as rewards
from casino.shop import service as shop
from casino.social import service as social
from casino.streaks import service as streaks
from casino.vip import service as vip
from casino.wallet import service as wallet

ROWS_MAX = 5_000
# Rooms that keep nothing but what their own rows say.
_ROOMS = (notifications, rewards, streaks, vip, achievements, battlepass, events, social, shop)


async def export(connection: AsyncConnection, user_id: int, personal: PersonalData) -> dict[str, Any]:
    """All that is kept about a user, newest first; of each list the newest 5,000. Raises UserNotFound.

    Older rounds and actions are paged out by their own routes. It makes the transaction see one moment, so it is the
    first to ask in it: a reward that comes meanwhile is in none of the lists, or in all.
    """
    await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    account = await identity.everything_of(connection, user_id, personal, rows_max=ROWS_MAX)
    kept = [await room.everything_of(connection, user_id, rows_max=ROWS_MAX) for room in _ROOMS]
    transfers = await wallet.ledger_page(connection, user_id, before_seq=None, limit=ROWS_MAX)
    rounds = await games.history_page(
        connection, user_id, game_type=None, since=None, before_seq=None, limit=ROWS_MAX
    )
    actions = await home.recent_actions(connection, user_id, before_event_no=None, limit=ROWS_MAX)
    return {
        "generated_at": rfc3339(utc_now()),
        **account,
        "play_limits": _limits(await wallet.limits_of(connection, user_id)),
        **{name: rows for told in kept for name, rows in told.items()},
        "transfers": [_transfer(row) for row in transfers],
        "rounds": [one.model_dump(mode="json") for one in rounds.items],
        "actions": [one.model_dump(mode="json") for one in actions.items],
    }


def _limits(limits: wallet.PlayLimits) -> dict[str, Any]:
    until = limits.excluded_until
    return {
        "daily_loss_limit": limits.loss.limit,
        "daily_spend_limit": limits.spend.limit,
        "self_excluded_until": None if until is None else rfc3339(until),
    }


def _transfer(row: Any) -> dict[str, Any]:
    return {
        "number": row.seq,
        "amount": row.amount,
        "balance_after": row.balance_after,
        "counter_account": row.counter_account,
        "kind": row.kind,
        "reference": row.reference,
        "created_at": rfc3339(row.created_at),
    }


async def erase(connection: AsyncConnection, user_id: int) -> Revoked:
    """Makes the user nobody: the ledger and the rounds stay, under a number alone. Raises UserNotFound.

    Announce what is returned once it is committed.
    """
    await notifications.forget_user(connection, user_id)
    await social.forget_user(connection, user_id)
    return await identity.erase_account(connection, user_id)

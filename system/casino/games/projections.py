"""The running statistics made again from the facts of settled rounds, to be held against the live ones."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.games.facts import ROUND_SETTLED
from casino.games.models import UserGameStats
from casino.kit.outbox import Fact
from casino.kit.projections import Projection

_SUMS = ("plays", "wins", "losses", "total_bet", "total_gold_won")


def projections() -> list[Projection]:
    """What can be made again from the log alone; live, it moves in the statement that settles a round."""
    table: Any = UserGameStats.__table__
    assert isinstance(table, Table), "a mapped class has one table"
    columns = ("user_id", "game_type", *_SUMS, "highest_multiplier")
    return [Projection(None, frozenset({ROUND_SETTLED}), table, columns, _fold)]


async def _fold(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
    totals: dict[tuple[int, str], dict[str, Any]] = {}
    for fact in facts:
        data = fact.data
        key = (fact.user_id, data["game_type"])
        total = totals.setdefault(key, dict.fromkeys(_SUMS, 0) | {"highest_multiplier": Decimal(0)})
        total["plays"] += 1
        total["wins"] += data["outcome"] == "win"
        total["losses"] += data["outcome"] == "lose"
        total["total_bet"] += data["bet_amount"]
        total["total_gold_won"] += data["win_amount"]
        total["highest_multiplier"] = max(total["highest_multiplier"], Decimal(str(data["multiplier"])))
    row = insert(UserGameStats)
    summed = {name: getattr(UserGameStats, name) + row.excluded[name] for name in _SUMS}
    best = func.greatest(UserGameStats.highest_multiplier, row.excluded.highest_multiplier)
    added = row.on_conflict_do_update(
        index_elements=["user_id", "game_type"], set_=summed | {"highest_multiplier": best}
    )
    rows = [{"user_id": user, "game_type": game} | total for (user, game), total in sorted(totals.items())]
    if rows:
        await connection.execute(added, rows)

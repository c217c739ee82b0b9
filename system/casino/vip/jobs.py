"""What follows from what was settled: stakes become points, and points a rank."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity.service import raise_ranks
from casino.kit.consumers import Consumer
from casino.kit.measures import Yardstick
from casino.kit.outbox import Fact
from casino.kit.projections import Projection
from casino.vip import repository, rules
from casino.vip.facts import RANK_MESSAGES, RANK_REACHED
from casino.vip.models import VipPoints
from casino.vip.rules import Counted
from casino.wallet.service import News, announce

POINTS = "vip.points"


def consumers(yardstick: Yardstick) -> list[Consumer]:
    """The consumers of this room."""

    async def move(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        raised = await raise_ranks(connection, rules.ranks_earned(await _fold(connection, facts, yardstick)))
        told = [News(user, RANK_REACHED, RANK_MESSAGES, {"rank": rank}) for user, rank in raised.items()]
        await announce(connection, told)

    return [Consumer(POINTS, move, yardstick.types)]


def projections(yardstick: Yardstick) -> list[Projection]:
    """What can be made again from the log alone."""

    async def fold(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        await _fold(connection, facts, yardstick)

    columns = ("user_id", "credit")
    return [Projection(POINTS, yardstick.types, VipPoints.__table__, columns, fold)]  # type: ignore[arg-type]  # __table__ is a Table


async def _fold(
    connection: AsyncConnection, facts: Sequence[Fact], yardstick: Yardstick
) -> dict[int, tuple[int, int]]:
    """(credit before, credit after) of each user whom the facts gave any."""
    counted = [Counted(fact.user_id, yardstick.measure(fact)) for fact in facts]
    gained = rules.credits_of(counted)
    has = await repository.add_credit(connection, gained)
    return {user: (has[user] - credit, has[user]) for user, credit in gained.items()}

"""What follows from what was settled: stakes become points."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.consumers import Consumer, Handle
from casino.kit.measures import Yardstick
from casino.kit.outbox import Fact
from casino.kit.projections import Projection
from casino.vip import repository, rules
from casino.vip.models import VipPoints
from casino.vip.rules import Counted

POINTS = "vip.points"


def consumers(yardstick: Yardstick) -> list[Consumer]:
    """The consumers of this room."""
    return [Consumer(POINTS, _fold(yardstick), yardstick.types)]


def projections(yardstick: Yardstick) -> list[Projection]:
    """What can be made again from the log alone."""
    columns = ("user_id", "credit")
    return [Projection(POINTS, yardstick.types, VipPoints.__table__, columns, _fold(yardstick))]  # type: ignore[arg-type]  # __table__ is a Table


def _fold(yardstick: Yardstick) -> Handle:
    async def fold(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        counted = [Counted(fact.user_id, yardstick.measure(fact)) for fact in facts]
        await repository.add_credit(connection, rules.credits_of(counted))

    return fold

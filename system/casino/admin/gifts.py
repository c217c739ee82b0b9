"""What operators give by hand: rewards, and progress in an event; each leaves its audit row."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.admin.audit import Actor, record
from casino.events import service as events
from casino.events.service import Participation, ProgressAsked
from casino.rewards import service as rewards
from casino.rewards.service import DistributeAsked, Distributed


async def distribute(connection: AsyncConnection, actor: Actor, asked: DistributeAsked) -> Distributed:
    """Gives each user the gift once for its key. Raises TemplateNotFound."""
    done = await rewards.distribute(connection, asked, operator_id=actor.user_id)
    granted = [one.user_id for one in done.results if one.outcome == "granted"]
    after = asked.model_dump(include={"template_code", "gold", "exp", "note"}) | {"granted": granted}
    await record(connection, actor, "rewards.distribute", f"gift:{asked.key}", after=after)
    return done


async def add_progress(
    connection: AsyncConnection, actor: Actor, event_id: int, asked: ProgressAsked, *, now: datetime
) -> Participation:
    """Adds to a player's progress. Raises EventNotFound, EventNotRunning, NotJoined."""
    part = await events.add_progress(connection, event_id, asked.user_id, asked.amount, now=now)
    after = {"user_id": asked.user_id, "added": asked.amount, "progress": part.progress}
    await record(connection, actor, "events.add_progress", f"event:{event_id}", after=after)
    return part

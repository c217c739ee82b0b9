"""A worker process with nothing but the fan-out in it: `python -m tests.realtime.fanout_worker`."""

import asyncio

from casino.kit import waking
from casino.kit.consumers import ConsumerLoop, register
from casino.kit.database import Database
from casino.kit.log import Sequencer
from casino.kit.redis import connect
from casino.kit.settings import load_settings
from casino.kit.tasks import running
from casino.kit.telemetry import set_up_logging
from casino.messages import ANNOUNCERS
from casino.realtime.jobs import announcing_consumer, fanout_consumer
from tests.realtime.hub_server import EXPANDERS


async def main() -> None:
    """Sequences and fans out until it is killed; says when it has begun."""
    settings = load_settings()
    set_up_logging("WARNING", service="fanout", instance="fanout")
    database = Database(settings.database_url.get_secret_value(), pool_size=4, instance="fanout")
    redis = connect(settings.redis_url.get_secret_value())
    consumers = [fanout_consumer(redis, EXPANDERS), announcing_consumer(redis, ANNOUNCERS)]
    async with database.transaction() as connection:
        await register(connection, consumers, partitions=settings.log_partitions)

    def wake() -> None:
        for consumer in consumers:
            consumer.wake()

    sequencer = Sequencer(database, partitions=settings.log_partitions, on_facts=wake)
    loops = {
        "sequencer": sequencer.run,
        **{consumer.name: ConsumerLoop(database, consumer).run for consumer in consumers},
        "waking": lambda: waking.listen(redis, sequencer.wake),
    }
    async with running(loops):
        print("began", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())

"""Builds the worker: the sequencer, every consumer, every scheduled job. Wiring only."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from casino import __version__
from casino.analytics import jobs as analytics_jobs
from casino.games import facts as games_facts
from casino.home import facts as home_facts
from casino.home import jobs as home_jobs
from casino.kit import consumers, health, waking
from casino.kit.consumers import Consumer, ConsumerLoop
from casino.kit.database import Database
from casino.kit.http import ops
from casino.kit.http.resources import provide
from casino.kit.log import Sequencer
from casino.kit.metrics import gauge
from casino.kit.outbox import backlog
from casino.kit.redis import RedisClient, connect
from casino.kit.scheduler import Job, repeat
from casino.kit.settings import Settings
from casino.kit.tasks import Loop, running
from casino.realtime import jobs as realtime_jobs
from casino.wallet import facts as wallet_facts
from casino.wallet import jobs as wallet_jobs

MESSAGES = {
    wallet_facts.GOLD_MOVED: wallet_facts.messages,
    games_facts.ROUND_SETTLED: games_facts.messages,
    home_facts.ACTION_LOGGED: home_facts.messages,
}
HEARTBEAT_SECONDS = 1.0

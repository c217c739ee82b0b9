"""Numbers and writes facts that move no gold: many users' at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    SmallInteger,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from casino.kit import tracing
from casino.kit.ids import uuid7
from casino.kit.outbox import FACT_COLUMNS, append_facts
from casino.wallet.errors import WalletNotFound
from casino.wallet.models import Wallet
from casino.wallet.repository import lock_wallets

_NEWS: dict[str, type[TypeEngine[Any]]] = {
    "place": Integer,
    "event_id": UUID,
    "type": Text,
    "user_id": BigInteger,
    "messages": SmallInteger,
    "traceparent": Text,
    "fact_data": Text,
}


@dataclass(frozen=True, slots=True)
class News:
    """A fact to be written; its socket messages take `messages` of the user's event numbers."""

    user_id: int
    type: str
    messages: int
    data: Mapping[str, Any]


def _statement() -> Any:
    arrays = [bindparam("news_" + name, type_=ARRAY(kind)) for name, kind in _NEWS.items()]
    typed = [column(name, kind) for name, kind in _NEWS.items()]
    unnested = func.unnest(*arrays).table_valued(*typed, name="row").render_derived()
    news = select(*unnested.c).cte("news")
    totals = (
        select(news.c.user_id, cast(func.sum(news.c.messages), BigInteger).label("messages"))
        .group_by(news.c.user_id)
        .cte("totals")
    )
    numbered = (
        update(Wallet)
        .where(Wallet.user_id == totals.c.user_id)
        .values(event_seq=Wallet.event_seq + totals.c.messages)
        .returning(Wallet.user_id, (Wallet.event_seq - totals.c.messages).label("before"))
        .cte("numbered")
    )
    ahead = func.sum(news.c.messages).over(partition_by=news.c.user_id, order_by=news.c.place)
    known: dict[str, ColumnElement[Any]] = {name: news.c[name] for name in FACT_COLUMNS if name in _NEWS}
    known |= {
        "event_no": cast(numbered.c.before + ahead - news.c.messages + 1, BigInteger),
        "fact_data": cast(news.c.fact_data, JSONB),
    }
    facts = select(*(known[name].label(name) for name in FACT_COLUMNS)).where(
        numbered.c.user_id == news.c.user_id
    )
    # In the order given: the outbox's own order decides that of the log.
    written = append_facts(facts.order_by(news.c.place).subquery()).cte("written")
    return select(func.count()).select_from(numbered).add_cte(written)


_ANNOUNCE = _statement()


async def announce(connection: AsyncConnection, news: Sequence[News]) -> None:
    """Writes a fact for each, in the caller's transaction; locks the users' wallets in id order.

    Do it last: whoever plays waits for these locks. Raises WalletNotFound when a user has no wallet.
    """
    if not news:
        return
    traceparent = tracing.sampled_or_none(tracing.current.get())
    rows = [
        {
            "place": place,
            "event_id": uuid7(),
            "type": item.type,
            "user_id": item.user_id,
            "messages": item.messages,
            "traceparent": traceparent,
            "fact_data": orjson.dumps(dict(item.data)).decode(),
        }
        for place, item in enumerate(news)
    ]
    users = {item.user_id for item in news}
    if await lock_wallets(connection, sorted(users)) != users:
        raise WalletNotFound("A user who should be told has no wallet.")
    await connection.execute(_ANNOUNCE, {"news_" + name: [row[name] for row in rows] for name in _NEWS})

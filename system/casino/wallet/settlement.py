"""The one statement that moves gold: a guarded move of a batch of wallets, to which other rooms attach their inserts.

Shape (decision record 0005): `asked` are the rows of the batch; `locked` takes their wallets in id order, passing
over those that another transaction holds; `moved` moves what its guards allow; `transfers` appends the ledger. A row
that did not move is simply not returned: the caller looks at it on its own, so one bad row never fails a batch.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Insert,
    Row,
    Select,
    SmallInteger,
    Text,
    any_,
    bindparam,
    cast,
    column,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from casino.kit.database import Prepared
from casino.wallet.limit_guard import counted, permits
from casino.wallet.models import LedgerTransfer, Wallet

GENESIS = bytes(32)
SEPARATOR = "\x1f"
# Parameters must not be named like columns: an UPDATE would take them for values to set.
ASKED = "asked_"

ColumnTypes = dict[str, type[TypeEngine[Any]] | TypeEngine[Any]]
_ROW: ColumnTypes = {
    "user_id": BigInteger,
    "amount": BigInteger,
    "stake": BigInteger,
    "counter_account": Text,
    "kind": Text,
    "reference": Text,
    "ledger_key": Text,
    "messages": SmallInteger,
    "seed_id": BigInteger,
    "nonce": BigInteger,
}


Guards = Callable[[CTE], Sequence[ColumnElement[bool]]]


class Settlement:
    """Builds the statement. `columns` are what the attached inserts need of each row, besides the wallet's own.

    `guards` makes another room's conditions of the asked rows: a row moves only if they hold too. What they read
    must be locked by themselves, or be guarded by the nonce: a plain read may be older than the wallet's lock.

    A row moves `amount` gold (signed) if the balance covers `stake`, the player's own limits let it pass, its
    `ledger_key` never paid before, and, when it has a `seed_id`, that seed is the wallet's and `nonce` is its next.
    `messages` event numbers are reserved with it.
    """

    def __init__(self, columns: ColumnTypes | None = None, *, guards: Guards | None = None) -> None:
        self._types = _ROW | (columns or {})
        arrays = [bindparam(ASKED + name, type_=ARRAY(kind)) for name, kind in self._types.items()]
        typed = [column(name, kind) for name, kind in self._types.items()]
        unnested = func.unnest(*arrays).table_valued(*typed, name="row").render_derived()
        self.asked = select(*unnested.c).cte("asked")
        self.moved = self._moved(guards(self.asked) if guards is not None else ())
        self._attached: list[CTE] = [self._transfers().cte("transfers")]

    def _moved(self, guards: Sequence[ColumnElement[bool]]) -> CTE:
        asked = self.asked
        locked = (
            select(Wallet.user_id)
            .where(Wallet.user_id == any_(bindparam(ASKED + "user_id", type_=ARRAY(BigInteger))))
            .order_by(Wallet.user_id)
            .with_for_update(key_share=True, skip_locked=True)
            .cte("locked")
        )
        paid = exists().where(
            LedgerTransfer.user_id == asked.c.user_id, LedgerTransfer.idempotency_key == asked.c.ledger_key
        )
        drawn = asked.c.seed_id.is_not(None)
        move = (
            update(Wallet)
            .where(Wallet.user_id == asked.c.user_id, locked.c.user_id == asked.c.user_id)
            .where(Wallet.gold_balance >= asked.c.stake, ~paid, permits(asked), *guards)
            .where(
                or_(
                    ~drawn,
                    (Wallet.draw_seed_id == asked.c.seed_id) & (Wallet.draw_nonce == asked.c.nonce - 1),
                )
            )
            .values(
                gold_balance=Wallet.gold_balance + asked.c.amount,
                transfer_seq=Wallet.transfer_seq + 1,
                event_seq=Wallet.event_seq + asked.c.messages,
                draw_nonce=func.coalesce(asked.c.nonce, Wallet.draw_nonce),
                chain_head=func.sha256(Wallet.chain_head.op("||")(_canonical(asked))),
                **counted(asked),
            )
        )
        return move.returning(
            Wallet.gold_balance.label("balance"),
            Wallet.transfer_seq,
            (Wallet.event_seq - asked.c.messages + 1).label("event_no"),
            Wallet.chain_head,
            *asked.c,
        ).cte("moved")

    def _transfers(self) -> Insert:
        moved = self.moved
        values = {
            "user_id": moved.c.user_id,
            "seq": moved.c.transfer_seq,
            "counter_account": moved.c.counter_account,
            "amount": moved.c.amount,
            "balance_after": moved.c.balance,
            "kind": moved.c.kind,
            "reference": moved.c.reference,
            "idempotency_key": moved.c.ledger_key,
            "hash": moved.c.chain_head,
            "created_at": func.now(),
        }
        return insert(LedgerTransfer).from_select(list(values), select(*values.values()))

    def attach(self, statement: Any, name: str) -> CTE:
        """Makes another room's write part of the settlement; returns it, so that a later one can read its rows."""
        attached: CTE = statement.cte(name)
        self._attached.append(attached)
        return attached

    def prepare(self, *answer: ColumnElement[Any]) -> "PreparedSettlement":
        """The finished statement. Each moved row answers its user, balance and event number, then `answer`."""
        moved = self.moved
        statement = select(moved.c.user_id, moved.c.balance, moved.c.event_no, moved.c.transfer_seq, *answer)
        return PreparedSettlement(statement.add_cte(*self._attached), tuple(self._types))


class PreparedSettlement:
    """A settlement ready to run, as often as wanted. At most one row a user: it would move only one of two."""

    def __init__(self, statement: Select[Any], columns: Sequence[str]) -> None:
        self._statement = statement
        self._prepared = Prepared(statement)
        self._columns = columns

    def literal_sql(self, row: Mapping[str, str]) -> str:
        """The statement for one row whose values are SQL expressions, as a benchmark runs it without us."""
        return self._prepared.inlined({ASKED + name: f"ARRAY[{row[name]}]" for name in self._columns})

    def _arrays(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
        return {ASKED + name: [row[name] for row in rows] for name in self._columns}

    async def run(
        self, connection: asyncpg.Connection, rows: Sequence[Mapping[str, Any]]
    ) -> dict[int, asyncpg.Record]:
        """Moves and commits what can be moved, in one round trip; the rows that moved, by user."""
        return {row["user_id"]: row for row in await self._prepared.fetch(connection, self._arrays(rows))}

    async def run_within(
        self, connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]
    ) -> dict[int, Row[Any]]:
        """The same as part of the caller's transaction, which commits it."""
        return {row.user_id: row for row in await connection.execute(self._statement, self._arrays(rows))}


def _canonical(asked: CTE) -> ColumnElement[bytes]:
    return canonical_bytes(
        asked.c.user_id,
        Wallet.transfer_seq + 1,
        asked.c.counter_account,
        asked.c.amount,
        Wallet.gold_balance + asked.c.amount,
        asked.c.kind,
        asked.c.reference,
        asked.c.ledger_key,
        func.now(),
    )


def canonical_bytes(*fields: Any) -> ColumnElement[bytes]:
    """The bytes of a transfer that its hash covers, fields joined by the unit separator (0x1f).

    In this order: user, number, counter account, amount, balance after, kind, reference, key, moment.
    """
    *plain, moment = fields
    joined = func.concat_ws(literal(SEPARATOR, Text), *plain, microseconds(moment))
    return func.convert_to(joined, "UTF8")


def microseconds(moment: ColumnElement[Any]) -> ColumnElement[int]:
    """A timestamp as whole microseconds since 1970, the form in which a hash covers it."""
    return cast(func.extract("epoch", moment) * 1_000_000, BigInteger)


def plain_row(**given: Any) -> dict[str, Any]:
    """A row that draws nothing: `stake` is what a negative amount takes."""
    return {"seed_id": None, "nonce": None, "stake": max(0, -given["amount"])} | given

"""Whether one account, used by many at once, behaved as if each use had happened at one moment.

The ledger gives the only order there is: transfer 1, 2, 3 … What remains to be shown is that each bet and each
balance read fits into it at a moment between question and answer (Herlihy and Wing 1990). Given the order, taking
the earliest place possible for each read is exact: a later place could only make what follows harder to fit.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chaos.books import Transfer
from chaos.histories import Op


@dataclass(frozen=True, slots=True)
class Use:
    """A bet that was settled as transfer `seq`, or a read that showed `balance` (`seq` None)."""

    started: float
    ended: float
    balance: int
    seq: int | None


def uses(ops: Sequence[Op], settled_as: Mapping[str, int]) -> list[Use]:
    """The uses of one account; a bet lasts from its first question to its first answer."""
    asked: dict[str, float] = {}
    bets: dict[str, Use] = {}
    reads = []
    for op in sorted(ops, key=lambda op: op.started):
        if op.bets and op.key is not None:
            begun = asked.setdefault(op.key, op.started)
            seq = settled_as.get(op.round_id or "")
            if op.status == 200 and op.balance is not None and seq is not None:
                ended = min(op.ended, bets[op.key].ended) if op.key in bets else op.ended
                bets[op.key] = Use(begun, ended, op.balance, seq)
        elif op.shows_balance and op.balance is not None:
            reads.append(Use(op.started, op.ended, op.balance, None))
    return sorted([*bets.values(), *reads], key=lambda use: use.started)


def misfits(account: Sequence[Use], transfers: Sequence[Transfer]) -> Iterator[str]:
    """Each use, in order of `started`, that fits nowhere, in words; `transfers` are the account's, in order."""
    places: dict[int, list[int]] = defaultdict(list)
    for transfer in transfers:
        places[transfer.balance_after].append(transfer.seq)
    past = 0
    under_way: list[tuple[float, int]] = []
    for use in account:
        while under_way and under_way[0][0] < use.started:
            past = max(past, heapq.heappop(under_way)[1])
        if use.seq is not None:
            if use.seq <= past:
                yield f"transfer {use.seq} was asked for after transfer {past} had been seen"
            heapq.heappush(under_way, (use.ended, use.seq))
            continue
        fitting = places[use.balance]
        place = bisect_left(fitting, past)
        if place == len(fitting):
            yield f"balance {use.balance} was read after transfer {past}, and was never the balance since"
            continue
        heapq.heappush(under_way, (use.ended, fitting[place]))

"""Decides, from what clients recorded and what the databases hold, whether money and events are whole.

Each check takes evidence and returns findings, one a violation, in words that name the rows. It reads nothing
and waits for nothing, so that a test can plant any violation.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chaos import linearizable
from chaos.books import Books, Fact, Round, Snapshot, Transfer
from chaos.histories import Histories, Message, Op
from chaos.paygate import Charge

ROUND_SETTLED = "games.round_settled"
ROUND_KIND = "game_round"
# A ride is paid for when it begins; what ends it is the payment of its round.
ROUND_ENDS = frozenset({ROUND_KIND, "crash_end"})
PURCHASE_KIND = "purchase"
# The states of a charge in which the gateway took money, even if it gave it back.
TAKEN = frozenset({"captured", "refunded"})
# A settled round reserves four event numbers and tells its story in this order.
ROUND_STORY = ("game_event", "profile_update", "stats_update", "user_action")
# The ledger keeps a client's idempotency key under this prefix.
CLIENT_KEY = "client:"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is judged. `analysed` counts the rows of the analytics store by event id, None if it has none; `charges`
    are the payment gateway's, by receipt code, None if it gave no answer.

    `snapshots` are of all gold, taken while it moved.
    """

    histories: Histories
    books: Books
    analysed: Mapping[str, int] | None = None
    charges: Mapping[str, Charge] | None = None
    snapshots: Sequence[Snapshot] = ()


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise, how it is checked, and how much there was to check."""

    name: str
    check: Callable[[Evidence], Iterator[str]]
    size: Callable[[Evidence], int]


def conservation(evidence: Evidence) -> Iterator[str]:
    """balance == sum of the transfers == balance_after of the last one, and each step adds up."""
    transfers = evidence.books.transfers_by_user()
    for wallet in evidence.books.wallets:
        rows = transfers.pop(wallet.user_id, [])
        total = sum(row.amount for row in rows)
        last = rows[-1].balance_after if rows else 0
        if not wallet.gold_balance == total == last:
            yield f"user {wallet.user_id}: balance {wallet.gold_balance}, transfers {total}, last {last}"
        if [row.seq for row in rows] != list(range(1, wallet.transfer_seq + 1)):
            yield f"user {wallet.user_id}: transfers are not numbered 1 to {wallet.transfer_seq}"
        for before, after in pairwise(rows):
            if before.balance_after + after.amount != after.balance_after:
                yield f"user {wallet.user_id}: transfer {after.seq} does not follow from the one before"
    for user in transfers:
        yield f"user {user}: transfers without a wallet"


def no_negative_balance(evidence: Evidence) -> Iterator[str]:
    """Neither now nor after any transfer."""
    for wallet in evidence.books.wallets:
        if wallet.gold_balance < 0:
            yield f"user {wallet.user_id}: balance {wallet.gold_balance}"
    for row in evidence.books.transfers:
        if row.balance_after < 0:
            yield f"user {row.user_id}: {row.balance_after} after transfer {row.seq}"


def bank_balances(evidence: Evidence) -> Iterator[str]:
    """At every moment the wallets held what the transfers had moved: no half of a transfer was ever seen."""
    for seen in (*evidence.snapshots, evidence.books.snapshot()):
        if seen.wallets_gold != seen.transfers_gold or seen.negative_wallets:
            yield (
                f"at {seen.at:.3f}: wallets hold {seen.wallets_gold}, transfers moved {seen.transfers_gold}, "
                f"{seen.negative_wallets} wallets below zero"
            )


def balances_read_were_true(evidence: Evidence) -> Iterator[str]:
    """Each balance that a client was shown was the account's own at some moment between question and answer."""
    transfers = evidence.books.transfers_by_user()
    ops: dict[int, list[Op]] = defaultdict(list)
    for op in evidence.histories.ops:
        if op.user_id is not None:
            ops[op.user_id].append(op)
    for user, asked in ops.items():
        own = transfers.get(user, [])
        settled_as = {row.reference: row.seq for row in own if row.kind == ROUND_KIND}
        for misfit in linearizable.misfits(linearizable.uses(asked, settled_as), own):
            yield f"user {user}: {misfit}"


def acknowledged_rounds_exist(evidence: Evidence) -> Iterator[str]:
    """Every round that a client was told of is one round and one transfer, with the same figures."""
    rounds = _rounds_by_id(evidence.books.rounds)
    payments = _payments(evidence.books.transfers)
    for op in _settled(evidence.histories.ops):
        found = rounds.get((op.user_id, op.round_id), [])
        paid = payments.get((op.user_id, op.round_id), [])
        if len(found) != 1 or len(paid) != 1:
            yield f"round {op.round_id} of user {op.user_id}: {len(found)} rounds, {len(paid)} transfers"
            continue
        kept = found[0]
        won = (op.win_amount or 0) + (op.bonus_gold or 0)
        told = (op.bet_amount, op.win_amount, op.bonus_gold, won - (op.bet_amount or 0), op.balance)
        held = (kept.bet_amount, kept.win_amount, kept.bonus_gold, paid[0].amount, paid[0].balance_after)
        if told != held:
            yield f"round {op.round_id} of user {op.user_id}: answered {told}, kept {held}"
        if paid[0].idempotency_key != f"{CLIENT_KEY}{op.key}":
            yield f"round {op.round_id} of user {op.user_id}: asked under {op.key}, paid under another key"


def keys_pay_once(evidence: Evidence) -> Iterator[str]:
    """One transfer a key, one round a key, and every payment of a round has its round and the reverse."""
    keys = Counter((row.user_id, row.idempotency_key) for row in evidence.books.transfers)
    for (user, key), count in keys.items():
        if count > 1:
            yield f"user {user}: key {key} paid {count} times"
    answers: dict[tuple[int | None, str | None], set[str | None]] = defaultdict(set)
    for op in _settled(evidence.histories.ops):
        answers[op.user_id, op.key].add(op.round_id)
    for (user_id, asked), told in answers.items():
        if len(told) > 1:
            yield f"user {user_id}: key {asked} answered with {len(told)} rounds"
    yield from _unmatched(evidence.books)


def _unmatched(books: Books) -> Iterator[str]:
    rounds = Counter((row.user_id, row.transfer_seq, row.id) for row in books.rounds)
    payments = Counter(
        (row.user_id, row.seq, row.reference) for row in books.transfers if row.kind in ROUND_ENDS
    )
    for (user, seq, round_id), count in ((rounds - payments) + (payments - rounds)).items():
        yield f"round {round_id} of user {user} and transfer {seq}: {count} too many on one side"


def nothing_unasked(evidence: Evidence) -> Iterator[str]:
    """Every payment of a client's key was asked for by that client under that key, for that bet."""
    asked: dict[tuple[int | None, str], set[object]] = defaultdict(set)
    for op in evidence.histories.ops:
        if op.bets and op.request is not None:
            asked[op.user_id, f"{CLIENT_KEY}{op.key}"].add(op.request["bet_amount"])
    players = {op.user_id for op in evidence.histories.ops}
    bets = {(row.user_id, row.id): row.bet_amount for row in evidence.books.rounds}
    for row in evidence.books.transfers:
        if row.kind == ROUND_KIND and row.user_id in players:
            bet = bets.get((row.user_id, row.reference))
            if bet not in asked[row.user_id, row.idempotency_key]:
                yield f"user {row.user_id}: bet {bet} paid under {row.idempotency_key}, never asked for"


def facts_complete(evidence: Evidence) -> Iterator[str]:
    """Every round has its one fact, and each user's event numbers run from 1 to the last without a gap."""
    told = Counter(fact.round_id for fact in evidence.books.facts if fact.type == ROUND_SETTLED)
    for row in evidence.books.rounds:
        if told[row.id] != 1:
            yield f"round {row.id} of user {row.user_id}: {told[row.id]} facts"
    facts = evidence.books.facts_by_user()
    for wallet in evidence.books.wallets:
        due = 1
        # What tells nobody anything takes no number.
        for fact in (fact for fact in facts.get(wallet.user_id, []) if fact.messages):
            if fact.event_no != due:
                yield f"user {wallet.user_id}: event {fact.event_no} where {due} was due"
            due = fact.event_no + fact.messages
        if due != wallet.event_seq + 1:
            yield f"user {wallet.user_id}: facts end at event {due - 1}, the wallet at {wallet.event_seq}"
    for fact in evidence.books.facts:
        if not fact.logged:
            yield f"fact {fact.event_id} of user {fact.user_id} never left the outbox"


def events_once_in_order(evidence: Evidence) -> Iterator[str]:
    """What each user's sockets heard is the fact log: each number once, in order, none left out."""
    facts = evidence.books.facts_by_user()
    for user, heard in evidence.histories.messages_by_user().items():
        yield from _row_of(user, heard)
        yield from _true_to(user, heard, facts.get(user, []))
    yield from _rounds_told(evidence)


def _row_of(user: int, heard: Sequence[Message]) -> Iterator[str]:
    for before, after in pairwise(heard):
        if after.number != (before.number or 0) + 1:
            yield f"user {user}: event {after.number} after event {before.number}"


def _true_to(user: int, heard: Sequence[Message], facts: Sequence[Fact]) -> Iterator[str]:
    story: dict[int, tuple[str, str | None]] = {}
    for fact in facts:
        if fact.type == ROUND_SETTLED:
            for place, kind in enumerate(ROUND_STORY):
                story[fact.event_no + place] = (kind, fact.round_id if place == 0 else None)
    committed = {fact.event_no + place for fact in facts for place in range(fact.messages)}
    for message in heard:
        number = message.number or 0
        if number not in committed:
            yield f"user {user}: event {number} was heard and never committed"
        elif number in story and (message.type, message.round_id) != story[number]:
            yield f"user {user}: event {number} heard as {message.type}, committed as {story[number][0]}"


def _rounds_told(evidence: Evidence) -> Iterator[str]:
    listeners = evidence.histories.messages_by_user().keys()
    told = Counter(
        message.round_id for message in evidence.histories.messages if message.type == ROUND_STORY[0]
    )
    for round_id, user in sorted(
        {(op.round_id or "", op.user_id) for op in _settled(evidence.histories.ops)}
    ):
        if user in listeners and told[round_id] != 1:
            yield f"round {round_id} of user {user}: its event was heard {told[round_id]} times"


def analysed_once(evidence: Evidence) -> Iterator[str]:
    """Every committed fact is in the analytics store exactly once, and nothing else is."""
    analysed = evidence.analysed or {}
    committed = {fact.event_id for fact in evidence.books.facts}
    for event_id in sorted(committed):
        if analysed.get(event_id, 0) != 1:
            yield f"fact {event_id}: {analysed.get(event_id, 0)} rows in the analytics store"
    for event_id in sorted(analysed.keys() - committed):
        yield f"event {event_id}: in the analytics store and never committed"


def money_taken_is_given(evidence: Evidence) -> Iterator[str]:
    """What the gateway captured was granted, once and in full; what was not captured, or went back, was not."""
    grants = Counter(
        (row.reference, row.amount) for row in evidence.books.transfers if row.kind == PURCHASE_KIND
    )
    charges = dict(evidence.charges or {})
    for row in evidence.books.purchases:
        charge = charges.pop(row.receipt_code, None)
        status = charge.status if charge is not None else "unknown"
        due = {"success": "refunded" if row.refunded else "captured"}.get(row.status)
        granted = grants[row.receipt_code, row.gold]
        if (status in TAKEN or due is not None) and status != due:
            yield f"{row.receipt_code} of user {row.user_id} is {row.status}, its charge {status}"
        if charge is not None and status in TAKEN and charge.amount_cents != row.amount_cents:
            yield f"{row.receipt_code}: {charge.amount_cents} cents taken for {row.amount_cents}"
        if granted != (row.status == "success"):
            yield f"{row.receipt_code} of user {row.user_id} is {row.status} and was granted {granted} times"
    for reference, charge in charges.items():
        if charge.status in TAKEN:
            yield f"{reference}: {charge.status} at the gateway, and no purchase of ours"


def payments_end(evidence: Evidence) -> Iterator[str]:
    """No payment stays pending once everything is well again."""
    for row in evidence.books.purchases:
        if row.status == "pending":
            yield f"{row.receipt_code} of user {row.user_id} is still pending"


def keys_buy_once(evidence: Evidence) -> Iterator[str]:
    """Every purchase that a client was told of is there under its key, once."""
    kept = Counter((row.user_id, row.idempotency_key) for row in evidence.books.purchases)
    for op in evidence.histories.ops:
        if op.buys and op.status == 200 and kept[op.user_id or 0, op.key or ""] != 1:
            yield f"user {op.user_id}: key {op.key} bought {kept[op.user_id or 0, op.key or '']} times"


INVARIANTS: Sequence[Invariant] = (
    Invariant("gold is conserved", conservation, lambda e: len(e.books.transfers)),
    Invariant("no balance is negative", no_negative_balance, lambda e: len(e.books.transfers)),
    Invariant(
        "the bank balances at every moment",
        bank_balances,
        lambda e: len(e.snapshots) + bool(e.books.wallets),
    ),
    Invariant("balances read were true", balances_read_were_true, lambda e: _reads(e.histories.ops)),
    Invariant("no acknowledged round is lost", acknowledged_rounds_exist, lambda e: _count(e.histories.ops)),
    Invariant("no key pays twice", keys_pay_once, lambda e: len(e.books.transfers)),
    Invariant("nothing is paid unasked", nothing_unasked, lambda e: len(e.books.rounds)),
    Invariant("what is paid is given", money_taken_is_given, lambda e: len(e.charges or {})),
    Invariant("no payment stays pending", payments_end, lambda e: len(e.books.purchases)),
    Invariant("no key buys twice", keys_buy_once, lambda e: sum(op.buys for op in e.histories.ops)),
    Invariant("every round has its fact", facts_complete, lambda e: len(e.books.facts)),
    Invariant("events arrive once, in order", events_once_in_order, lambda e: _heard(e.histories)),
    Invariant("every fact is analysed once", analysed_once, lambda e: len(e.analysed or {})),
)


def _reads(ops: Sequence[Op]) -> int:
    return sum(op.shows_balance and op.balance is not None for op in ops)


def _count(ops: Sequence[Op]) -> int:
    return sum(1 for _ in _settled(ops))


def _heard(histories: Histories) -> int:
    return sum(message.number is not None for message in histories.messages)


def _settled(ops: Sequence[Op]) -> Iterator[Op]:
    return (op for op in ops if op.bets and op.status == 200)


def _rounds_by_id(rounds: Sequence[Round]) -> dict[tuple[int | None, str | None], list[Round]]:
    grouped: dict[tuple[int | None, str | None], list[Round]] = defaultdict(list)
    for row in rounds:
        grouped[row.user_id, row.id].append(row)
    return grouped


def _payments(transfers: Sequence[Transfer]) -> dict[tuple[int | None, str | None], list[Transfer]]:
    grouped: dict[tuple[int | None, str | None], list[Transfer]] = defaultdict(list)
    for row in transfers:
        if row.kind == ROUND_KIND:
            grouped[row.user_id, row.reference].append(row)
    return grouped

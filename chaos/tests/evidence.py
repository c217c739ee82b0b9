"""A small whole casino evening, for tests to spoil: one player, the sign-up gift and two rounds."""

from __future__ import annotations

from datetime import UTC, datetime

from chaos.books import Books, Fact, Purchase, Round, Transfer, Wallet
from chaos.checker import ROUND_STORY, Evidence
from chaos.histories import Histories, Message, Op, SocketChange
from chaos.paygate import Charge

USER = 7
AT = datetime(2026, 1, 1, tzinfo=UTC)


def look(started: float, ended: float, balance: int) -> Op:
    """A look at the own balance."""
    return Op("0-0", USER, "balance", 200, started, ended, balance=balance)


def op(
    round_id: str,
    key: str,
    bet: int,
    win: int,
    balance: int,
    *,
    replayed: bool = False,
    started: float = 1.0,
) -> Op:
    """A spin that was answered a tenth of a second later."""
    return Op(
        client="0-0",
        user_id=USER,
        step="spin",
        status=200,
        started=started,
        ended=started + 0.1,
        key=key,
        request={"bet_amount": bet},
        replayed=replayed,
        round_id=round_id,
        bet_amount=bet,
        win_amount=win,
        bonus_gold=0,
        balance=balance,
    )


def bought(key: str, *, started: float) -> Op:
    """A purchase that was answered a tenth of a second later, whatever became of it."""
    asked = {"product_id": 1}
    return Op("0-0", USER, "buy", 200, started, started + 0.1, key=key, request=asked)


def paid(first: int) -> list[Message]:
    """The messages of a purchase that succeeded, and of one that failed."""
    kinds = ("purchase_update", "profile_update", "user_action", "purchase_update")
    return [Message("0-0", USER, first + place, kind, 1.7) for place, kind in enumerate(kinds)]


def story(first: int, round_id: str) -> list[Message]:
    """The four messages of a round."""
    return [
        Message("0-0", USER, first + place, kind, 1.2, round_id if place == 0 else None)
        for place, kind in enumerate(ROUND_STORY)
    ]


def whole() -> Evidence:
    """Nothing is wrong with it.

    1,000 gold, a lost bet of 10, its replay, a look, a bet of 5 that won 20, 500 gold bought, a card declined.
    """
    histories = Histories(
        ops=(
            op("r1", "k1", 10, 0, 990),
            op("r1", "k1", 10, 0, 990, replayed=True),
            look(1.2, 1.3, 990),
            op("r2", "k2", 5, 20, 1005, started=1.4),
            bought("k3", started=1.6),
            bought("k4", started=1.8),
        ),
        messages=(*story(2, "r1"), *story(6, "r2"), *paid(10)),
        sockets=(SocketChange("0-0", USER, "opened", 0.5),),
    )
    books = Books(
        wallets=[Wallet(USER, 1505, 4, 13)],
        transfers=[
            Transfer(USER, 1, 1000, 1000, "signup", "signup", "signup"),
            Transfer(USER, 2, -10, 990, "game_round", "r1", "client:k1"),
            Transfer(USER, 3, 15, 1005, "game_round", "r2", "client:k2"),
            Transfer(USER, 4, 500, 1505, "purchase", "p1", "purchase:p1"),
        ],
        rounds=[Round("r1", USER, 2, 10, 0), Round("r2", USER, 3, 5, 20)],
        facts=[
            Fact("e1", "wallet.gold_moved", USER, 1, 1, AT, None),
            Fact("e2", "games.round_settled", USER, 2, 4, AT, "r1"),
            Fact("e3", "games.round_settled", USER, 6, 4, AT, "r2"),
            Fact("e4", "shop.purchase_updated", USER, 10, 3, AT, None),
            Fact("e5", "shop.purchase_updated", USER, 13, 1, AT, None),
        ],
        purchases=[
            Purchase("p1", USER, "k3", "success", 499, 500, refunded=False),
            Purchase("p2", USER, "k4", "failed", 499, 500, refunded=False),
        ],
    )
    charges = {"p1": Charge("p1", "captured", 499), "p2": Charge("p2", "declined", 499)}
    return Evidence(histories, books, {f"e{number}": 1 for number in range(1, 6)}, charges)

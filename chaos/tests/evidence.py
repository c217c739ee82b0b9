"""A small whole casino evening, for tests to spoil: one player, the sign-up gift and two rounds."""

from __future__ import annotations

from datetime import UTC, datetime

from chaos.books import Books, Fact, Round, Transfer, Wallet
from chaos.checker import ROUND_STORY, Evidence
from chaos.histories import Histories, Message, Op, SocketChange

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


def story(first: int, round_id: str) -> list[Message]:
    """The four messages of a round."""
    return [
        Message("0-0", USER, first + place, kind, 1.2, round_id if place == 0 else None)
        for place, kind in enumerate(ROUND_STORY)
    ]


def whole() -> Evidence:
    """Nothing is wrong with it: 1,000 gold, a lost bet of 10, its replay, a look, and a bet of 5 that won 20."""
    histories = Histories(
        ops=(
            op("r1", "k1", 10, 0, 990),
            op("r1", "k1", 10, 0, 990, replayed=True),
            look(1.2, 1.3, 990),
            op("r2", "k2", 5, 20, 1005, started=1.4),
        ),
        messages=(*story(2, "r1"), *story(6, "r2")),
        sockets=(SocketChange("0-0", USER, "opened", 0.5),),
    )
    books = Books(
        wallets=[Wallet(USER, 1005, 3, 9)],
        transfers=[
            Transfer(USER, 1, 1000, 1000, "signup", "signup", "signup"),
            Transfer(USER, 2, -10, 990, "game_round", "r1", "client:k1"),
            Transfer(USER, 3, 15, 1005, "game_round", "r2", "client:k2"),
        ],
        rounds=[Round("r1", USER, 2, 10, 0), Round("r2", USER, 3, 5, 20)],
        facts=[
            Fact("e1", "wallet.gold_moved", USER, 1, 1, AT, None),
            Fact("e2", "games.round_settled", USER, 2, 4, AT, "r1"),
            Fact("e3", "games.round_settled", USER, 6, 4, AT, "r2"),
        ],
    )
    return Evidence(histories, books, {"e1": 1, "e2": 1, "e3": 1})

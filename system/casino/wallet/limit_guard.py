"""How a player's own limits stand in the one statement that moves gold: what they forbid, and what they count.

The accounts say what a movement is: gold staked goes to a `house:`, gold paid to a `sink:`; all else gives or
corrects. So no game can forget its players' limits, and gold that is owed is never held back by them.
"""

from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, case, func, literal, or_

from casino.wallet.models import Wallet

PLAY_ACCOUNTS = "house:"
PAY_ACCOUNTS = "sink:"


def permits(asked: CTE) -> ColumnElement[bool]:
    """Whether the wallet's limits let the row pass; what takes no gold, and a correction, always may."""
    excluded = func.coalesce(Wallet.excluded_until > func.now(), False)
    loses = _over(lost_today(), asked.c.stake, _limit("loss_limit"))
    spends = _over(spent_today(), asked.c.stake, _limit("spend_limit"))
    return or_(~_is_spending(asked), ~or_(excluded, and_(_is_play(asked), loses), spends))


def counted(asked: CTE) -> dict[str, ColumnElement[Any]]:
    """The wallet's counters after the row moved."""
    lost = case((_is_play(asked), asked.c.amount), else_=0)
    spent = case((_is_spending(asked), asked.c.stake), else_=0)
    return {
        "play_day": func.current_date(),
        "lost_today": lost_today() - lost,
        "spent_today": spent_today() + spent,
    }


def lost_today() -> ColumnElement[int]:
    """Gold lost since midnight UTC."""
    return case((Wallet.play_day == func.current_date(), Wallet.lost_today), else_=0)


def spent_today() -> ColumnElement[int]:
    """Gold staked and paid since midnight UTC."""
    return case((Wallet.play_day == func.current_date(), Wallet.spent_today), else_=0)


def is_spending(*, stake: int, counter_account: str) -> bool:
    """The same question as the statement's, of a row that did not move."""
    return stake > 0 and counter_account.startswith((PLAY_ACCOUNTS, PAY_ACCOUNTS))


def is_play(counter_account: str) -> bool:
    """Whether gold that moves against this account is played for."""
    return counter_account.startswith(PLAY_ACCOUNTS)


def _is_play(asked: CTE) -> ColumnElement[bool]:
    return func.starts_with(asked.c.counter_account, literal(PLAY_ACCOUNTS))


def _is_spending(asked: CTE) -> ColumnElement[bool]:
    paid = func.starts_with(asked.c.counter_account, literal(PAY_ACCOUNTS))
    return (asked.c.stake > 0) & or_(_is_play(asked), paid)


def _limit(name: str) -> ColumnElement[int]:
    """The limit that holds now: one that waited its day out takes the older one's place."""
    next_at = getattr(Wallet, f"{name}_next_at")
    held: ColumnElement[int] = case(
        (next_at <= func.now(), getattr(Wallet, f"{name}_next")), else_=getattr(Wallet, name)
    )
    return held


def _over(used: ColumnElement[int], stake: Any, limit: ColumnElement[int]) -> ColumnElement[bool]:
    return func.coalesce(used + stake > limit, False)

"""Deals gacha pulls: each from where its player stands and from what the stock still has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import asyncpg
from sqlalchemy import BigInteger, any_, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from casino.games.dealing import Bet, Dealt, Draw, SettlementRow, round_row
from casino.games.errors import DailyGachaLimit
from casino.games.models import GachaProgress, GachaStock
from casino.games.rules.gacha import ANIMATIONS, GACHA, RARITIES, STOCKED, GachaConfig, Pull, message_of, pull
from casino.games.settle_pulls import SETTLE_PULLS
from casino.kit.clock import utc_now
from casino.kit.database import Prepared


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many items, and how many pulls the player's rank has a day."""

    count: int
    daily_limit: int


@dataclass(slots=True)
class Standing:
    """What a batch is dealt from: the day, who stands where, the stock, and what of it the batch takes so far."""

    today: date
    players: dict[int, tuple[int, int]]
    stock: dict[str, int]
    needed: dict[str, int]

    def left(self) -> dict[str, int]:
        """The stock that the batch has not taken."""
        return {rarity: self.stock[rarity] - self.needed[rarity] for rarity in STOCKED}


def _standing() -> Prepared:
    """One row for each stocked rarity and asked player: the stock is the same in all of them."""
    place, stock = GachaProgress.__table__, GachaStock.__table__
    asked = bindparam("user_ids", type_=ARRAY(BigInteger))
    mine = select(place).where(place.c.user_id == any_(asked)).subquery()
    return Prepared(
        select(
            func.current_date().label("today"),
            stock.c.rarity,
            stock.c.stock_left,
            mine.c.user_id,
            mine.c.pity,
            mine.c.pulled_on,
            mine.c.pulls_that_day,
        ).select_from(stock.outerjoin(mine, true()))
    )


_STANDING = _standing()


def _seconds_left_today() -> int:
    now = utc_now()
    return 86_400 - (now.hour * 3_600 + now.minute * 60 + now.second)


class GachaDealer:
    """The gacha; `bet.asked` says how many items are wanted."""

    game_type = "gacha"
    settlement = SETTLE_PULLS

    def __init__(self, bonus_gold: Callable[[], int], config: GachaConfig = GACHA) -> None:
        self._bonus_gold = bonus_gold
        self._config = config

    async def read(self, connection: asyncpg.Connection, bets: Sequence[Bet]) -> Standing:
        """Where the players of the batch stand, and the stock."""
        rows = await _STANDING.fetch(connection, {"user_ids": [bet.user_id for bet in bets]})
        assert rows, "the stock has a row for each rarity that runs out"
        today = rows[0]["today"]
        players = {
            row["user_id"]: (row["pity"], row["pulls_that_day"] if row["pulled_on"] == today else 0)
            for row in rows
            if row["user_id"] is not None
        }
        stock = {row["rarity"]: row["stock_left"] for row in rows}
        return Standing(today, players, stock, dict.fromkeys(STOCKED, 0))

    def deal(self, bet: Bet, draw: Draw, known: Standing) -> SettlementRow | DailyGachaLimit | None:
        """Pulls the items."""
        wanted: Wanted = bet.asked
        pity, used = known.players.get(bet.user_id, (0, 0))
        if used >= wanted.daily_limit:
            return DailyGachaLimit(
                f"You have pulled {used} times today; your rank may {wanted.daily_limit} times. The day ends "
                "at midnight UTC.",
                retry_after_seconds=_seconds_left_today(),
                limit=wanted.daily_limit,
                used=used,
            )
        left = known.left()
        pulled = pull(self._config, draw.words(), count=wanted.count, pity=pity, stock=left)
        if any(pulled.short_of(rarity) and known.needed[rarity] for rarity in STOCKED):
            return None  # whether the stock is out depends on rows before it in this batch: they must settle first
        for rarity in STOCKED:
            known.needed[rarity] += pulled.count(rarity)
        row = round_row(bet, draw, self._dealt(bet, pulled, pity, left, used), bonus_gold=self._bonus_gold())
        return row | self._places(pulled, pity, used, known)

    def _dealt(self, bet: Bet, pulled: Pull, pity: int, stock: dict[str, int], used: int) -> Dealt:
        wanted: Wanted = bet.asked
        items = [
            {
                "rarity": item.rarity,
                "reward": item.reward,
                "animation_type": ANIMATIONS[item.rarity],
                "near_miss": item.near_miss,
            }
            for item in pulled.items
        ]
        rarities = [item.rarity for item in pulled.items]
        return Dealt(
            win_amount=pulled.reward,
            multiplier=float(round(Decimal(pulled.reward) / bet.bet_amount, 2)),
            config_version=self._config.version,
            result={"count": wanted.count, "rarities": rarities, "pity_before": pity, "stock_before": stock},
            shown={
                "items": items,
                "cost_used": bet.bet_amount,
                "daily_remaining": wanted.daily_limit - used - 1,
                "pity": pulled.pity,
                "psychological_message": message_of(pulled, self._config),
            },
            told={"rarities": rarities},
        )

    @staticmethod
    def _places(pulled: Pull, pity: int, used: int, known: Standing) -> dict[str, Any]:
        """Where the player and the stock stand before and after."""
        places: dict[str, Any] = {
            "pulled_on": known.today,
            "pity_before": pity,
            "pulls_before": used,
            "pity_after": pulled.pity,
            "expected_win": float(pulled.expected_reward),
        }
        for rarity in STOCKED:
            name = rarity.lower()
            places[f"{name}_taken"] = pulled.count(rarity)
            places[f"{name}_needed"] = known.needed[rarity]
            places[f"{name}_short"] = pulled.short_of(rarity)
        return places | {f"{rarity.lower()}_count": pulled.count(rarity) for rarity in RARITIES}

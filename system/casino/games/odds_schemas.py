"""The wire shapes of the games on offer: limits, returns, and all that decides a round."""

from typing import Annotated, Literal

from pydantic import Field

from casino.games.schemas import GameType
from casino.kit.http.wire import Answered

Exact = Annotated[str, Field(description="An exact fraction.", examples=["23/25"])]


class PayLine(Answered):
    """A line and what it multiplies the stake by; `any` stands for every other symbol."""

    symbols: list[str]
    multiplier: int


class SlotOdds(Answered):
    """Every combination of stops is equally likely: anybody can compute the return."""

    game_type: Literal["slot"]
    strips: list[list[str]]
    pay_table: list[PayLine]
    rtp_exact: Exact
    hit_rate: float = Field(description="Share of rounds that pay anything.")


class RpsOdds(Answered):
    """The outcome is drawn, then the hand that shows it: no hand is better than another."""

    game_type: Literal["rps"]
    draws: int = Field(description="How many equally likely draws there are.")
    weights: dict[Literal["win", "draw", "lose"], int] = Field(
        description="How many of the draws are which outcome, in this order from 0."
    )
    chances: dict[Literal["win", "draw", "lose"], float]
    pays: dict[Literal["win", "draw", "lose"], int] = Field(description="Multiples of the stake.")
    rtp_exact: Exact


class RarityOdds(Answered):
    """One rarity: its chance in a pull, its share in the long run with the pity, its gold, and what is left of it."""

    rarity: Literal["Common", "Rare", "Epic", "Legendary"]
    weight: int = Field(description="How many of the draws it has.", examples=[60])
    chance: float = Field(examples=[0.006])
    effective_rate: float = Field(description="With the pity, in the long run.", examples=[0.01435])
    reward: int
    stock_left: int | None = Field(description="Left today for everybody; null never runs out.")


class PityPoint(Answered):
    """The chance of a Legendary in the pull that follows so many without one."""

    after: int
    chance: float


class GachaOdds(Answered):
    """The table the engine draws from. An item that is out of stock becomes a Common before it is shown."""

    game_type: Literal["gacha"]
    cost: int
    draws: int = Field(description="How many equally likely draws there are.")
    layout: list[Literal["Common", "Rare", "Epic", "Legendary"]] = Field(
        description="How the draws are laid out, from 0."
    )
    hard_pity: int
    rarities: list[RarityOdds]
    pity_curve: list[PityPoint] = Field(description="Where the chance of a Legendary changes.")
    daily_limits: dict[str, int]


class CrashOdds(Answered):
    """P(crash ≥ x) = numerator / (100 × x), the same return wherever one leaves."""

    game_type: Literal["crash"]
    numerator: int
    multiplier_max: float
    growth: float
    effective_rtp: dict[str, float] = Field(
        description="By multiplier, for the smallest stake: payouts are floored to whole gold."
    )


class Game(Answered):
    """A game that can be played, its limits and its odds."""

    game_type: GameType
    title: str
    min_bet: int
    max_bet: int
    rtp: float = Field(description="Paid out over staked in the long run.", examples=[0.92])
    enabled: bool
    config_version: int
    odds: SlotOdds | RpsOdds | GachaOdds | CrashOdds = Field(discriminator="game_type")


class Games(Answered):
    games: list[Game]

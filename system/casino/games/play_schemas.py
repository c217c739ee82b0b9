"""The wire shapes of playing: what is asked of each game and what it answers."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, WithJsonSchema

from casino.games.rules import crash, rps, slot
from casino.games.schemas import ClientSeed, GameStats, Proof
from casino.kit.http.wire import Answered, Asked, Moment
from casino.kit.idempotency import KEY_SCHEMA

Outcome = Literal["win", "draw", "lose"]
Rarity = Literal["Common", "Rare", "Epic", "Legendary"]


def _whole(value: object) -> object:
    """100.0 is the integer 100 in JSON Schema; Python tells them apart."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _hundredths(value: float) -> float:
    """The multiplier, when it is one of the steps of 0.01."""
    if abs(value * 100 - round(value * 100)) > 1e-6:
        raise ValueError("multipliers go in steps of 0.01")
    return value


def _hand_pattern() -> str:
    """The hands in any case, as a regular expression of ECMA 262, which has no flag for that."""
    hands = ("".join(f"[{letter.upper()}{letter}]" for letter in hand) for hand in rps.HANDS)
    return f"^({'|'.join(hands)})$"


Hand = Annotated[
    Literal["rock", "paper", "scissors"],
    BeforeValidator(_lower),
    WithJsonSchema({"type": "string", "pattern": _hand_pattern()}, mode="validation"),
]
SlotStake = Annotated[int, Field(ge=slot.BET_MIN, le=slot.BET_MAX, strict=True), BeforeValidator(_whole)]
RpsStake = Annotated[int, Field(ge=rps.BET_MIN, le=rps.BET_MAX, strict=True), BeforeValidator(_whole)]
CrashStake = Annotated[int, Field(ge=crash.BET_MIN, le=crash.BET_MAX, strict=True), BeforeValidator(_whole)]


class Played(Asked):
    """What every game can be asked with."""

    client_seed: ClientSeed | None = Field(
        None, description="Your part of the randomness for this round; your standing seed without it."
    )
    idempotency_key: str | None = Field(None, json_schema_extra=KEY_SCHEMA, examples=["6f0c4a52-spin-1"])


class SpinAsked(Played):
    """A spin. `idempotency_key` may stand here instead of in the header."""

    bet_amount: SlotStake = Field(description="Gold staked.", examples=[100])


class RpsAsked(Played):
    """A hand against the server's. `choice` may be called `player_move` and be written in any case."""

    choice: Hand = Field(
        validation_alias=AliasChoices("choice", "player_move", "playerMove"), examples=["rock"]
    )
    bet_amount: RpsStake = Field(description="Gold staked.", examples=[100])


class PullAsked(Played):
    """One item or ten. `count` may be called `pull_count`."""

    count: Annotated[Literal[1, 10], BeforeValidator(_whole)] = Field(
        validation_alias=AliasChoices("count", "pull_count", "pullCount"), examples=[1]
    )


class CrashBetAsked(Played):
    """A stake on the curve; with `auto_cashout` the round pays by itself when the curve is there."""

    bet_amount: CrashStake = Field(description="Gold staked.", examples=[100])
    auto_cashout: Annotated[float, Field(ge=1.01, le=1_000), AfterValidator(_hundredths)] | None = Field(
        None,
        description="Multiplier to leave at, in steps of 0.01.",
        examples=[2.5],
        json_schema_extra={"multipleOf": 0.01},
    )


class CashOutAsked(Asked):
    """Leave a running round now."""

    game_id: UUID
    idempotency_key: str | None = Field(None, json_schema_extra=KEY_SCHEMA, examples=["6f0c4a52-out-1"])


class Settled(Answered):
    """What every settled round answers."""

    balance: int = Field(description="Gold after the round.", examples=[1_400])
    round_id: UUID
    bet_amount: int = Field(examples=[100])
    win_amount: int = Field(description="Paid out, stake included.", examples=[500])
    bonus_gold: int = Field(description="Extra gold from a running event.", examples=[0])
    multiplier: float = Field(examples=[5])
    outcome: Outcome
    fairness: Proof


class SpinAnswer(Settled):
    """A settled spin."""

    reels: list[list[str]] = Field(description="Three visible symbols a reel, top to bottom.")
    stops: list[int] = Field(description="Where each reel stopped: the index of its middle symbol.")
    symbols: list[str] = Field(description="The win line.", examples=[["cherry", "cherry", "cherry"]])


class RpsAnswer(Settled):
    """A settled showdown."""

    choice: Literal["rock", "paper", "scissors"]
    server_move: Literal["rock", "paper", "scissors"]


class PulledItem(Answered):
    """One item, in the order of its draw."""

    rarity: Rarity
    reward: int = Field(description="Gold.", examples=[2_000])
    animation_type: Literal["standard", "glow", "burst", "supernova"]
    near_miss: bool = Field(description="The draw lay just past a Legendary; it changes nothing.")


class PullAnswer(Settled):
    """A settled pull."""

    items: list[PulledItem]
    cost_used: int = Field(examples=[5_000])
    daily_remaining: int = Field(description="Pulls left today; a ten-pull counts once.", examples=[2])
    pity: int = Field(description="Items since the last Legendary.", examples=[7])
    psychological_message: Literal["legendary", "pity_near", "so_close", "epic", "keep_calm"] = Field(
        description="The code of the sentence that goes with the pull."
    )


class CrashStarted(Answered):
    """A round that began: multiplier = e^(growth × seconds since started_at), rounded down to 0.01."""

    balance: int = Field(description="Gold after the stake left.", examples=[900])
    game_id: UUID
    bet_amount: int = Field(examples=[100])
    auto_cashout: float | None = Field(examples=[2.5])
    started_at: Moment
    growth: float = Field(description="Of the logarithm, a second.", examples=[0.06])
    server_seed_hash: str
    fairness: Proof


class CashOutAnswer(Settled):
    """A round that was left in time."""

    game_id: UUID
    status: Literal["cashed"]
    profit: int = Field(description="win_amount without the stake.", examples=[150])
    cashout_point: float = Field(examples=[2.5])
    crash_point: float = Field(description="Where the curve would have ended.", examples=[3.17])


class CrashRoundShown(Answered):
    """A round of crash: where it ends is shown only once it has ended."""

    game_id: UUID
    status: Literal["active", "cashed", "crashed", "expired"]
    bet_amount: int
    auto_cashout: float | None
    started_at: Moment
    ended_at: Moment | None
    growth: float
    cashout_point: float | None
    crash_point: float | None = Field(description="Null while the round runs.")
    win_amount: int | None
    fairness: Proof


class AuditedCrashRound(CrashRoundShown):
    """The same for an operator, with its player and its two transfers in their ledger."""

    user_id: int
    bet_seq: int
    end_seq: int | None


class AuditedCrashRounds(Answered):
    items: list[AuditedCrashRound]


class CrashNow(Answered):
    """What there is to resume after a reconnect."""

    round: CrashRoundShown | None
    server_time: Moment
    last: CrashRoundShown | None = Field(description="The round before, if any.")


class GachaStats(GameStats):
    """Your totals at the gacha, and where you stand."""

    rarity_counts: dict[Rarity, int]
    pity: int = Field(description="Items since the last Legendary.")
    daily_limit: int
    daily_used: int

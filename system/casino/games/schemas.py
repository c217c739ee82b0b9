"""The wire shapes of the games."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints

from casino.games.rules.slot import BET_MAX, BET_MIN
from casino.kit.http.wire import Answered, Asked, Moment
from casino.kit.idempotency import KEY_SCHEMA

GameType = Literal["slot"]
ClientSeed = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,64}$")]


def _whole(value: object) -> object:
    """100.0 is the integer 100 in JSON Schema; Python tells them apart."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class SpinAsked(Asked):
    """A spin. `idempotency_key` may stand here instead of in the header."""

    bet_amount: Annotated[int, Field(ge=BET_MIN, le=BET_MAX, strict=True), BeforeValidator(_whole)] = Field(
        description="Gold staked.", examples=[100]
    )
    client_seed: ClientSeed | None = Field(
        None, description="Your part of the randomness for this round; your standing seed without it."
    )
    idempotency_key: str | None = Field(None, json_schema_extra=KEY_SCHEMA, examples=["6f0c4a52-spin-1"])


class Proof(Answered):
    """What a round was drawn from; `server_seed_hash` was known before it."""

    server_seed_hash: str = Field(
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
    )
    client_seed: str = Field(examples=["casino-club"])
    nonce: int = Field(examples=[1])


class SpinAnswer(Answered):
    """A settled spin."""

    balance: int = Field(description="Gold after the round.", examples=[1_400])
    round_id: UUID
    bet_amount: int = Field(examples=[100])
    win_amount: int = Field(description="Paid out, stake included.", examples=[500])
    bonus_gold: int = Field(description="Extra gold from a running event.", examples=[0])
    multiplier: int = Field(examples=[5])
    outcome: Literal["win", "draw", "lose"]
    reels: list[list[str]] = Field(description="Three visible symbols a reel, top to bottom.")
    stops: list[int] = Field(description="Where each reel stopped: the index of its middle symbol.")
    symbols: list[str] = Field(description="The win line.", examples=[["cherry", "cherry", "cherry"]])
    fairness: Proof


class Odds(Answered):
    """All that decides a slot round: anybody can compute the return from it."""

    strips: list[list[str]]
    pay_table: list["PayLine"]
    rtp_exact: str = Field(description="The return as an exact fraction.", examples=["23/25"])
    hit_rate: float = Field(description="Share of rounds that pay anything.")


class PayLine(Answered):
    """A line and what it multiplies the stake by; `any` stands for every other symbol."""

    symbols: list[str]
    multiplier: int


class Game(Answered):
    """A game that can be played, its limits and its odds."""

    game_type: GameType
    title: str
    min_bet: int
    max_bet: int
    rtp: float = Field(description="Paid out over staked in the long run.", examples=[0.92])
    enabled: bool
    config_version: int
    odds: Odds


class Games(Answered):
    games: list[Game]


class GameStats(Answered):
    """One game's running totals of a user."""

    game_type: GameType
    plays: int
    wins: int
    losses: int
    total_bet: int
    total_gold_won: int
    highest_multiplier: float


class UserStats(Answered):
    """A user's totals over all games, and by game."""

    user_id: int
    plays: int
    wins: int
    losses: int
    total_bet: int
    total_gold_won: int
    highest_multiplier: float
    games: list[GameStats]


class Round(Answered):
    """A settled round in the history."""

    round_id: UUID
    game_type: GameType
    bet_amount: int
    win_amount: int
    delta: int = Field(description="What the round changed the balance by.")
    multiplier: float
    created_at: Moment
    result_meta: dict[str, Any]


class SeedInUse(Answered):
    """What the next rounds are drawn from: the server's part only as its hash."""

    server_seed_hash: str
    client_seed: str
    nonce: int = Field(description="Rounds drawn from it so far.")


class RotateAsked(Asked):
    client_seed: ClientSeed | None = Field(
        None, description="Your seed from now on; the same one without it."
    )


class RevealedSeed(Answered):
    """A retired server seed: every round drawn from it can now be recomputed."""

    server_seed: str = Field(description="32 bytes in hex.")
    server_seed_hash: str
    client_seed: str
    nonces_used: int


class Rotation(Answered):
    revealed: RevealedSeed | None
    next: SeedInUse


class VerifyAsked(Asked):
    round_id: UUID


class Verification(Answered):
    """A past round, drawn again from its revealed seed and held against what was settled."""

    valid: bool
    round_id: UUID
    server_seed: str
    server_seed_hash: str
    client_seed: str
    nonce: int
    stops: list[int]
    symbols: list[str]
    multiplier: int
    settled_at: datetime

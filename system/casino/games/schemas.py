"""The wire shapes of the games besides playing: totals, history, proofs."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from casino.kit.http.wire import Answered, Asked, Moment, Page

GameType = Literal["slot", "rps", "gacha", "crash"]
ClientSeed = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,64}$")]


class Proof(Answered):
    """What a round was drawn from; `server_seed_hash` was known before it."""

    server_seed_hash: str = Field(
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
    )
    client_seed: str = Field(examples=["casino-club"])
    nonce: int = Field(examples=[1])


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
    delta: int = Field(description="What the round changed the balance by, bonus included.")
    multiplier: float
    created_at: Moment
    bonus_gold: int = Field(description="Gold of a running event, paid with the win.")
    result_meta: dict[str, Any]


class History(Page[Round]):
    """A page of your rounds; `total` counts all that were asked for."""

    total: int = Field(examples=[128])


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

    valid: bool = Field(description="Whether the draw comes to what was settled and paid.")
    round_id: UUID
    game_type: GameType
    bet_amount: int
    win_amount: int
    server_seed: str
    server_seed_hash: str
    client_seed: str
    nonce: int
    multiplier: float
    drawn: dict[str, Any] = Field(
        description="What the seed comes to, in the members of the round's `result_meta`.",
        examples=[{"stops": [0, 4, 4], "symbols": ["cherry", "cherry", "bell"]}],
    )
    settled_at: datetime


class SittingResult(Answered):
    """What a sitting came to."""

    duration: int = Field(description="Seconds.", examples=[312])
    rounds: int
    total_bet: int
    total_win: int = Field(description="Paid out, stakes and bonuses included.")
    net: int
    roi: float = Field(description="net over total_bet; 0 when nothing was staked.", examples=[-0.08])
    game_result: Literal["win", "draw", "lose"]


class Sitting(Answered):
    """A sitting at one game; `result_data` is null while it lasts."""

    session_id: UUID
    game_type: GameType
    started_at: Moment
    result_data: SittingResult | None


class SitDownAsked(Asked):
    """Which game the player sits down at."""

    game_type: GameType = Field(examples=["slot"])


class LeaveAsked(Asked):
    """Which sitting ends."""

    session_id: UUID


class LedgerEntry(Answered):
    """A transfer of the round: its number in the player's chain, and the hash it has there."""

    seq: int
    kind: str = Field(examples=["game_round"])
    amount: int
    balance_after: int
    hash: str = Field(description="SHA-256 in hex; covers every transfer before it.")


class Receipt(Answered):
    """A settled round as the casino stands by it. A round of crash has two transfers: its stake and its end."""

    round_id: UUID
    user_id: int
    game_type: GameType
    bet_amount: int
    win_amount: int
    bonus_gold: int
    balance_before: int = Field(description="Gold before the first of its transfers.")
    balance_after: int = Field(description="Gold after the last of its transfers.")
    settled_at: str = Field(json_schema_extra={"format": "date-time"})
    ledger: list[LedgerEntry]
    fairness: Proof

"""The wire shapes of the battle pass."""

from pydantic import Field

from casino.battlepass.rules import Track
from casino.kit.http.wire import Answered, Moment

Words = dict[str, str]


class TrackReward(Answered):
    """What a level gives on one track."""

    track: Track
    gold: int = Field(examples=[200])
    claimed: bool
    claimable: bool


class Level(Answered):
    """A rung of the ladder."""

    level: int = Field(examples=[5])
    xp: int = Field(description="Experience it needs in all.", examples=[1_010])
    reached: bool
    rewards: list[TrackReward]


class BattlePass(Answered):
    """The running season, and how high you are."""

    season_code: str = Field(examples=["neon-nights-2026-11"])
    title: Words = Field(description="By language.", examples=[{"en": "Neon Nights", "ko": "네온 나이츠"}])
    starts_at: Moment
    ends_at: Moment
    xp: int = Field(examples=[640])
    level: int = Field(description="Levels reached; 0 at the start.", examples=[3])
    level_xp: int = Field(description="Experience at which this level began.", examples=[510])
    next_level_xp: int = Field(description="Experience of the next; of the last one at the top.")
    premium: bool
    premium_price: int = Field(description="Gold.", examples=[5_000])
    claimable: int = Field(description="Rewards that can be taken now.", examples=[2])
    levels: list[Level]


class LevelClaimed(Answered):
    """A level's rewards, of every track open to you."""

    level: int = Field(examples=[3])
    tracks: list[Track] = Field(description="What was taken now.")
    awarded_gold: int = Field(examples=[60])
    new_gold_balance: int = Field(examples=[1_060])


class PremiumBought(Answered):
    season_code: str = Field(examples=["neon-nights-2026-11"])
    price: int = Field(examples=[5_000])
    new_gold_balance: int = Field(examples=[1_500])

"""The wire shapes of VIP."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from casino.kit.http.wire import Answered, Moment
from casino.vip.rules import Tier


class VipRow(BaseModel):
    """Points and the last gift, as the driver or as JSON gives it."""

    credit: int | None
    day: date | None
    claimed_at: datetime | None


class VipStatus(Answered):
    """Points, tier, and whether today's gift is still there."""

    vip_points: int = Field(description="One for every 100 gold staked.", examples=[1_250])
    tier: Tier
    daily_gold: int = Field(description="Today's gift at this tier.", examples=[100])
    next_tier: Tier | None = Field(description="Null at the top.")
    next_tier_points: int | None = Field(examples=[10_000])
    claimed_today: bool
    last_claim_at: Moment | None
    next_claim_at: Moment = Field(description="When the next gift can be had; past or now when it can.")


class VipGift(Answered):
    """A day's gift; asked again the same day, the same."""

    day: date
    tier: Tier
    vip_points: int = Field(description="When it was given.")
    awarded_gold: int = Field(examples=[50])
    awarded_xp: int = Field(examples=[10])
    new_gold_balance: int = Field(description="When it was given.", examples=[1_050])
    claimed_at: Moment

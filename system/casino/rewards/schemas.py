"""The wire shapes of rewards."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from casino.kit.http.wire import WHOLE, Answered, Asked, Moment
from casino.rewards.rules import EXP_MAX, GOLD_MAX, Source

USERS_MAX = 100
_NULL: dict[str, Any] = {"type": "null"}
_GIVEN: dict[str, Any] = {"not": _NULL}
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{4,32}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")]
Note = Annotated[str, StringConstraints(min_length=3, max_length=200, pattern=r"^[^\x00]*$")]
# JavaScript, and many a JSON reader, keeps no integer above this exact.
UserId = Annotated[int, Field(ge=1, lt=2**53), WHOLE]


class Reward(Answered):
    """Something that was given."""

    id: UUID
    source: Source = Field(examples=["streak"])
    source_key: str = Field(description="What for.", examples=["DAILY_LOGIN:2026-11-21"])
    gold: int = Field(examples=[150])
    exp: int = Field(description="Experience that came with it.", examples=[30])
    note: str | None = Field(description="The operator's reason; null when the rules gave it.")
    created_at: Moment


class Standing(Answered):
    """Experience, and how far the next level is."""

    level: int = Field(examples=[3])
    exp: int = Field(examples=[450])
    level_exp: int = Field(description="Experience at which this level began.", examples=[400])
    next_level_exp: int = Field(description="Experience at which the next begins.", examples=[900])


class MyRewards(Answered):
    """One page of rewards, newest first, and the standing they led to."""

    standing: Standing
    items: list[Reward]
    next_cursor: str | None


class RedeemAsked(Asked):
    code: Code = Field(description="Upper or lower case.", examples=["NEON-CLUB"])


class Redeemed(Answered):
    """What a code gave."""

    code: str = Field(examples=["NEON-CLUB"])
    awarded_gold: int = Field(examples=[300])
    awarded_xp: int = Field(examples=[20])
    new_gold_balance: int = Field(examples=[1_300])


class DistributeAsked(Asked):
    """A reward for several users: a template's, or gold and experience of its own."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["gold"], "properties": {"gold": _GIVEN, "templateCode": _NULL}},
                {"required": ["templateCode"], "properties": {"templateCode": _GIVEN, "gold": _NULL}},
            ]
        }
    )

    user_ids: list[UserId] = Field(min_length=1, max_length=USERS_MAX, examples=[[1, 2]])
    key: Name = Field(description="Names this gift: a user gets it once.", examples=["apology-2026-11-21"])
    template_code: Name | None = Field(None, examples=["our-apology"])
    gold: Annotated[int, Field(ge=1, le=GOLD_MAX), WHOLE] | None = None
    exp: Annotated[int, Field(ge=0, le=EXP_MAX), WHOLE] = 0
    note: Note = Field(description="Why.", examples=["The outage of Saturday night."])

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.template_code is None) == (self.gold is None):
            raise ValueError("give either template_code or gold")
        return self


class Delivery(Answered):
    """What came of one user's gift."""

    user_id: int
    outcome: Literal["granted", "already_granted", "no_such_user"]
    new_gold_balance: int | None = Field(description="Null unless it was granted now.")


class Distributed(Answered):
    """What came of a gift, in the order asked."""

    key: str
    granted: int
    results: list[Delivery]

"""The wire shapes of achievements."""

from pydantic import Field

from casino.achievements.rules import Tier
from casino.kit.http.wire import Answered, Moment

Words = dict[str, str]


class AchievementCard(Answered):
    """Something to achieve."""

    code: str = Field(examples=["first-spin"])
    title: Words = Field(description="By language.", examples=[{"en": "First light", "ko": "첫 불빛"}])
    description: Words
    tier: Tier
    gold: int = Field(examples=[200])
    xp: int = Field(examples=[20])
    measure: str = Field(description="What counts.", examples=["plays"])
    target: int = Field(examples=[1])


class Achievements(Answered):
    items: list[AchievementCard]


class MyAchievement(AchievementCard):
    """An achievement and how far you came."""

    progress: int = Field(description="At most the target.", examples=[1])
    unlocked: bool
    unlocked_at: Moment | None


class MyAchievements(Answered):
    """Every achievement, and how far you came in each."""

    items: list[MyAchievement]
    unlocked: int = Field(examples=[4])
    total: int = Field(examples=[24])

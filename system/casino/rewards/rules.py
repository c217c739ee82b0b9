"""What level an experience is, and what a reward may be."""

from math import isqrt
from typing import Literal, get_args

Source = Literal["streak", "mission", "event", "achievement", "battlepass", "vip", "code", "operator"]
SOURCES: tuple[Source, ...] = get_args(Source)
GOLD_MAX = 1_000_000
EXP_MAX = 100_000
_EXP_UNIT = 100


def exp_at(level: int) -> int:
    """Experience at which a level begins: 0, 100, 400, 900 … for levels 1, 2, 3, 4 …"""
    return _EXP_UNIT * (level - 1) ** 2


def level_of(exp: int) -> int:
    """The level of an experience, 1 at the start."""
    return 1 + isqrt(exp // _EXP_UNIT)

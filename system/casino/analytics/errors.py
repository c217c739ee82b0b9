"""What keeps the analytics store from taking or telling something."""

from casino.kit.consumers import DependencyAway


class OlapAway(DependencyAway):
    """ClickHouse cannot be reached, or cannot take more now: facts wait."""


class OlapTableMissing(OlapAway):
    """ClickHouse answers, and its tables are not there (yet, or no more)."""


class OlapRefused(Exception):
    """ClickHouse understood the statement and refuses it: repeating does not help."""

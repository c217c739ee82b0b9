"""The one place that asks what time it is, so that tests can say it."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The time now, always with its zone (UTC)."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, e.g. ``2026-11-21T20:15:00.123Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

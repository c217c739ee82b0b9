"""A player's own limits: looked at, changed by their wish, and named when a stake would cross one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.clock import rfc3339
from casino.kit.metrics import counter
from casino.wallet import repository, rules
from casino.wallet.errors import ExclusionRefused, ExclusionStands, LimitReached, WalletNotFound
from casino.wallet.limit_guard import PLAY_ACCOUNTS, is_play, is_spending
from casino.wallet.rules import Ceiling, Usage

_WHAT = {"daily_loss": "loss", "daily_spend": "spending"}


@dataclass(frozen=True, slots=True)
class PlayLimits:
    """The limits of a player as they hold at `now`, and what is used of them today."""

    loss: Ceiling
    spend: Ceiling
    excluded_until: datetime | None
    used: Usage
    now: datetime

    @property
    def day_ends_at(self) -> datetime:
        """When the day's counters start again."""
        return rules.day_end(self.now)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a player wants changed: only the members in `named` are meant."""

    named: frozenset[str]
    daily_loss_limit: int | None = None
    daily_spend_limit: int | None = None
    self_excluded_until: datetime | None = None


async def limits_of(connection: AsyncConnection, user_id: int) -> PlayLimits:
    """The player's limits; raises WalletNotFound."""
    return _limits(await _row(connection, user_id, lock=False))


async def change_limits(connection: AsyncConnection, user_id: int, wish: Wish) -> PlayLimits:
    """The limits after the wish. Raises WalletNotFound, ExclusionRefused or ExclusionStands.

    A lower limit and an exclusion hold at once, also for rounds under way; a higher limit waits 24 hours.
    """
    before = _limits(await _row(connection, user_id, lock=True))
    values: dict[str, Any] = {}
    if "daily_loss_limit" in wish.named:
        values |= _columns("loss_limit", rules.changed(before.loss, wish.daily_loss_limit, before.now))
    if "daily_spend_limit" in wish.named:
        values |= _columns("spend_limit", rules.changed(before.spend, wish.daily_spend_limit, before.now))
    if "self_excluded_until" in wish.named:
        values["excluded_until"] = _exclusion(before, wish.self_excluded_until)
    if values:
        await repository.set_limits(connection, user_id, values)
    return _limits(await _row(connection, user_id, lock=False))


def _columns(name: str, ceiling: Ceiling) -> dict[str, Any]:
    return {name: ceiling.limit, f"{name}_next": ceiling.next_limit, f"{name}_next_at": ceiling.next_at}


def _exclusion(limits: PlayLimits, wanted: datetime | None) -> datetime | None:
    standing = limits.excluded_until
    if standing is not None and (wanted is None or wanted < standing):
        raise ExclusionStands(
            f"You excluded yourself until {rfc3339(standing)}; that can be made longer, not shorter.",
            self_excluded_until=rfc3339(standing),
        )
    if wanted is None or wanted == standing:
        return standing
    if not limits.now + rules.EXCLUSION_MIN <= wanted <= limits.now + rules.EXCLUSION_MAX:
        raise ExclusionRefused("Self-exclusion lasts between one hour and five years from now.")
    return wanted


async def _row(connection: AsyncConnection, user_id: int, *, lock: bool) -> Mapping[str, Any]:
    row = await repository.limits(connection, user_id, lock=lock)
    if row is None:
        raise WalletNotFound(f"User {user_id} has no wallet.")
    return dict(row._mapping)


def _limits(row: Mapping[str, Any]) -> PlayLimits:
    """From a row that has `repository.limit_columns()`."""
    now: datetime = row["now"]
    until = row["excluded_until"]
    return PlayLimits(
        loss=_ceiling(row, "loss_limit").at(now),
        spend=_ceiling(row, "spend_limit").at(now),
        excluded_until=until if until is not None and until > now else None,
        used=Usage(row["lost_today"], row["spent_today"]),
        now=now,
    )


def _ceiling(row: Mapping[str, Any], name: str) -> Ceiling:
    return Ceiling(row[name], row[f"{name}_next"], row[f"{name}_next_at"])


def limit_refusal(row: Mapping[str, Any], *, stake: int, counter_account: str) -> LimitReached | None:
    """Why the player's own limits keep this stake back, from a row that has `limit_columns()`; None if they don't."""
    if not is_spending(stake=stake, counter_account=counter_account):
        return None
    limits = _limits(row)
    crossed = rules.crossing(
        loss=limits.loss if is_play(counter_account) else Ceiling(),
        spend=limits.spend,
        excluded_until=limits.excluded_until,
        used=limits.used,
        stake=stake,
        now=limits.now,
    )
    if crossed is None:
        return None
    counter("play_limit_refusals_total").labels(crossed.reason).inc()
    return _refusal(crossed, stake)


async def require_gold_to_play(connection: AsyncConnection, user_id: int) -> None:
    """Raises LimitReached while the player's own limits leave not one gold to stake: who is excluded, or has lost or
    spent all they allowed themselves for today, is sold none either.
    """
    row = await _row(connection, user_id, lock=False)
    refusal = limit_refusal(row, stake=1, counter_account=PLAY_ACCOUNTS)
    if refusal is not None:
        raise refusal


def _refusal(crossed: rules.Crossing, stake: int) -> LimitReached:
    ends_at = rfc3339(crossed.ends_at)
    if crossed.reason == "self_exclusion":
        return LimitReached(
            f"You excluded yourself from play until {ends_at}.", reason=crossed.reason, resets_at=ends_at
        )
    return LimitReached(
        f"Your daily {_WHAT[crossed.reason]} limit is {crossed.limit} gold, {crossed.used} of it used; "
        f"{stake} more would cross it. It starts again at {ends_at}.",
        reason=crossed.reason,
        limit=crossed.limit,
        used=crossed.used,
        resets_at=ends_at,
    )

"""HTTP in and out of what a user decides about their own account: limits, exclusion, age."""

from typing import Annotated

from fastapi import APIRouter

from casino.identity import age, sessions
from casino.identity.admission import Admission
from casino.identity.checker import TokenChecker
from casino.identity.guards import CurrentUser
from casino.identity.schemas import AgeAnswer, AgeAsked, DailyLimit, PlayLimitsAnswer, PlayLimitsAsked
from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.kit.http.resources import resource
from casino.kit.http.wire import problems
from casino.kit.settings import Settings
from casino.wallet import service as wallet

router = APIRouter(prefix="/api")
Db = Annotated[Database, resource(Database)]


@router.get(
    "/users/me/limits",
    operation_id="users_limits_v1",
    tags=["users"],
    responses=problems(401, 404, 429, 503),
)
async def limits(user: CurrentUser, database: Db) -> PlayLimitsAnswer:
    """Your own limits, and what is used of them today."""
    async with database.snapshot() as connection:
        return _shown(await wallet.limits_of(connection, user.user_id))


@router.put(
    "/users/me/limits",
    operation_id="users_change_limits_v1",
    tags=["users"],
    responses=problems(400, 401, 404, 409, 413, 415, 422, 429, 503),
)
async def change_limits(
    asked: PlayLimitsAsked,
    user: CurrentUser,
    database: Db,
    checker: Annotated[TokenChecker, resource(TokenChecker)],
) -> PlayLimitsAnswer:
    """Changes what is named. A lower limit holds at once, a higher one or none after 24 hours.

    Self-exclusion begins at once, cannot be shortened, and ends all your sessions; you can log in, but not play.
    """
    revoked = None
    async with database.transaction() as connection:
        before = await wallet.limits_of(connection, user.user_id)
        after = await wallet.change_limits(connection, user.user_id, _wish(asked))
        if after.excluded_until != before.excluded_until:
            revoked = await sessions.log_out_everywhere(connection, user.user_id)
    if revoked is not None:
        await checker.revocations.announce(revoked)
    return _shown(after)


def _wish(asked: PlayLimitsAsked) -> wallet.Wish:
    return wallet.Wish(
        named=frozenset(asked.model_fields_set),
        daily_loss_limit=asked.daily_loss_limit,
        daily_spend_limit=asked.daily_spend_limit,
        self_excluded_until=asked.self_excluded_until,
    )


def _shown(limits: wallet.PlayLimits) -> PlayLimitsAnswer:
    loss, spend = limits.loss, limits.spend
    return PlayLimitsAnswer(
        daily_loss=DailyLimit(
            limit=loss.limit, used=limits.used.lost, next_limit=loss.next_limit, next_at=loss.next_at
        ),
        daily_spend=DailyLimit(
            limit=spend.limit, used=limits.used.spent, next_limit=spend.next_limit, next_at=spend.next_at
        ),
        self_excluded_until=limits.excluded_until,
        day_ends_at=limits.day_ends_at,
    )


@router.post(
    "/users/me/age-verification",
    operation_id="users_verify_age_v1",
    tags=["users"],
    responses=problems(400, 401, 404, 409, 413, 415, 422, 429, 503),
)
async def verify_age(
    asked: AgeAsked,
    user: CurrentUser,
    database: Db,
    door: Annotated[Admission, resource(Admission)],
    settings: Annotated[Settings, resource(Settings)],
) -> AgeAnswer:
    """Takes your date of birth, once, and says whether it makes you an adult."""
    async with database.transaction() as connection:
        adult = await age.verify_age(
            connection,
            user.user_id,
            door.personal,
            born=asked.date_of_birth,
            today=utc_now().date(),
            adult_years=settings.adult_age_years,
        )
    return AgeAnswer(adult_verified=adult)

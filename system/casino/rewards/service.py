"""What other rooms may do with rewards: give them, show them, redeem a code, count them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog
import yaml
from sqlalchemy import ScalarSelect, Select, Text, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.database import Database
from casino.kit.http.wire import write_cursor
from casino.kit.telemetry import pseudonym
from casino.rewards import repository
from casino.rewards.errors import (
    AlreadyGranted,
    AlreadyRedeemed,
    CodeExhausted,
    CodeNotFound,
    TemplateNotFound,
)
from casino.rewards.grant import Grant, Granted, grant, grant_all
from casino.rewards.models import UserExperience, UserReward
from casino.rewards.rules import Source, exp_at, level_of
from casino.rewards.schemas import (
    Delivery,
    DistributeAsked,
    Distributed,
    MyRewards,
    Redeemed,
    Reward,
    Standing,
)

__all__ = [
    "DistributeAsked",
    "Distributed",
    "Grant",
    "Granted",
    "Source",
    "Standing",
    "distribute",
    "everything_of",
    "experience_table",
    "grant",
    "grant_all",
    "redeem",
    "reward_grants",
    "rewards_of",
    "seed_content",
    "standing_from",
    "standing_of",
    "standing_section",
]

CONTENT = Path(__file__).with_name("content.yaml")
experience_table = UserExperience.__table__

log = structlog.get_logger(__name__)


async def rewards_of(
    connection: AsyncConnection, user_id: int, *, before_seq: int | None, limit: int
) -> MyRewards:
    """The user's rewards, newest first, and their standing."""
    rows = await repository.rewards_page(connection, user_id, before_seq=before_seq, limit=limit + 1)
    shown = rows[:limit]
    return MyRewards(
        standing=await standing_of(connection, user_id),
        items=[Reward.model_validate(row) for row in shown],
        next_cursor=write_cursor(shown[-1].transfer_seq) if len(rows) > limit else None,
    )


async def everything_of(connection: AsyncConnection, user_id: int, *, rows_max: int) -> dict[str, Any]:
    """What is kept about a user here, for their export."""
    given = await rewards_of(connection, user_id, before_seq=None, limit=rows_max)
    told = given.model_dump(mode="json")
    return {"standing": told["standing"], "rewards": told["items"]}


async def standing_of(connection: AsyncConnection, user_id: int) -> Standing:
    """The user's level; the first one before any reward."""
    return standing((await repository.experience_of(connection, [user_id])).get(user_id, 0))


def standing_section(user_id: Any) -> ScalarSelect[Any]:
    """What `standing_from` reads, as one value for another room's statement."""
    return repository.experience_section(user_id)


def standing_from(exp: int | None) -> Standing:
    """The standing in a `standing_section`."""
    return standing(exp or 0)


def standing(exp: int) -> Standing:
    """The level of an experience, and where it begins and ends."""
    level = level_of(exp)
    return Standing(level=level, exp=exp, level_exp=exp_at(level), next_level_exp=exp_at(level + 1))


async def redeem(
    connection: AsyncConnection, user_id: int, code: str, *, client_key: str | None = None
) -> Redeemed:
    """Gives what a code gives, once to each user. Raises CodeNotFound, CodeExhausted or AlreadyRedeemed."""
    code = code.upper()
    offer = await repository.open_code(connection, code)
    if offer is None:
        raise CodeNotFound("There is no such code, or its time is over.")
    if await repository.given_before(connection, [(user_id, "code", code)]):
        raise AlreadyRedeemed("You have redeemed this code before.")
    if offer.max_uses is not None and not await repository.take_use(connection, code):
        raise CodeExhausted("Every use of this code is taken.")
    wanted = Grant(user_id, "code", code, gold=offer.gold, exp=offer.exp, client_key=client_key)
    try:
        given = await grant(connection, wanted)
    except AlreadyGranted as error:
        raise AlreadyRedeemed("You have redeemed this code before.") from error
    log.info("code_redeemed", user=pseudonym(user_id), gold=given.gold)
    return Redeemed(code=code, awarded_gold=given.gold, awarded_xp=given.exp, new_gold_balance=given.balance)


async def distribute(connection: AsyncConnection, asked: DistributeAsked, *, operator_id: int) -> Distributed:
    """Gives each user the same gift, once for its key. Raises TemplateNotFound."""
    gold, exp = await _worth(connection, asked)
    wanted = [
        Grant(user_id, "operator", asked.key, gold=gold, exp=exp, granted_by=operator_id, note=asked.note)
        for user_id in dict.fromkeys(asked.user_ids)
    ]
    given = await grant_all(connection, wanted)
    before = await repository.given_before(connection, [(g.user_id, g.source, g.key) for g in wanted])
    results = [_delivery(item, given.get(item), before) for item in wanted]
    log.info("rewards_distributed", operator=pseudonym(operator_id), granted=len(given))
    return Distributed(key=asked.key, granted=len(given), results=results)


async def _worth(connection: AsyncConnection, asked: DistributeAsked) -> tuple[int, int]:
    if asked.gold is not None:
        return asked.gold, asked.exp
    assert asked.template_code is not None, "the schema asks for one of the two"
    template = await repository.template(connection, asked.template_code)
    if template is None:
        raise TemplateNotFound(f"There is no reward template {asked.template_code!r}.")
    return template.gold, template.exp


def _delivery(wanted: Grant, given: Granted | None, known: set[tuple[int, str, str]]) -> Delivery:
    if given is not None:
        return Delivery(user_id=wanted.user_id, outcome="granted", new_gold_balance=given.balance)
    there = (wanted.user_id, wanted.source, wanted.key) in known
    outcome = "already_granted" if there else "no_such_user"
    return Delivery(user_id=wanted.user_id, outcome=outcome, new_gold_balance=None)


def reward_grants() -> Select[str, int, int, int]:
    """One row for each reward: (counter_account, user_id, transfer_seq, amount), the transfer it should have.

    Counted from the rewards alone, so that the auditor can hold the ledger against it.
    """
    return select(
        literal("source:", Text).op("||")(UserReward.source).label("counter_account"),
        UserReward.user_id,
        UserReward.transfer_seq,
        UserReward.gold.label("amount"),
    )


async def seed_content(database: Database) -> Sequence[str]:
    """Brings templates and codes to what `content.yaml` says; a line about it."""
    content = yaml.safe_load(CONTENT.read_text())
    templates = [
        {"code": item["code"], "title_data": item["title"], "gold": item["gold"], "exp": item["exp"]}
        for item in content["templates"]
    ]
    codes = [
        {
            "code": item["code"],
            "template_code": item["template"],
            "max_uses": item["max_uses"],
            "expires_at": item["expires_at"],
        }
        for item in content["codes"]
    ]
    async with database.transaction() as connection:
        await repository.keep_content(connection, templates, codes)
    return [f"{len(templates)} reward templates, {len(codes)} redeem codes"]

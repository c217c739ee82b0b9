"""Closing a game and narrowing its stakes: who may, when it holds, and what becomes of rounds that run."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from casino.app import Parts
from casino.games.configs import GameConfigs, Limits, decide, standings
from casino.games.dealing import Bet
from casino.games.end_crash import DUE_MAX, CrashEnds
from casino.games.errors import GameClosed
from casino.games.models import CrashRound
from casino.games.win_bonuses import WinBonuses
from casino.kit.clock import rfc3339, utc_now
from casino.kit.database import Database
from casino.kit.settings import Settings
from casino.kit.tasks import running
from tests.factories.access import bearer
from tests.factories.players import a_player
from tests.factories.tables import a_table
from tests.games.test_crash import started

CONFIG = "/api/admin/games/config"


@pytest.fixture
async def operator(database: Database, settings: Settings) -> dict[str, str]:
    """Headers of an operator."""
    return bearer(settings, await a_player(database), role="operator")


@pytest.fixture
async def player(database: Database, settings: Settings) -> dict[str, str]:
    """Headers of a player with gold."""
    return bearer(settings, await a_player(database, gold=10_000))


@pytest.fixture(autouse=True)
async def everything_open(
    client: httpx.AsyncClient, parts: Parts, operator: dict[str, str]
) -> AsyncIterator[None]:
    """Other tests find the games as they are shipped."""
    yield
    for game in ("slot", "rps", "gacha", "crash"):
        await put(client, operator, game, enabled=True)
    await parts.configs.read()


async def put(client: httpx.AsyncClient, who: dict[str, str], game: str, **asked: Any) -> httpx.Response:
    """An operator's decision."""
    return await client.put(f"{CONFIG}/{game}", headers=who, json={"reason": "A test.", **asked})


async def spin(client: httpx.AsyncClient, who: dict[str, str], bet: int, key: str = "") -> httpx.Response:
    """A spin of the slot."""
    headers = who | ({"Idempotency-Key": key} if key else {})
    return await client.post("/api/games/slot/spin", headers=headers, json={"bet_amount": bet})


async def test_a_closed_game_takes_no_bets_and_says_when_to_come_back(
    client: httpx.AsyncClient, parts: Parts, operator: dict[str, str], player: dict[str, str]
) -> None:
    """503 with its code and a time; the list shows it closed; other games play on; opening it opens it."""
    closed = await put(client, operator, "slot", enabled=False)
    assert closed.status_code == 200, closed.text
    await parts.configs.read()
    refused = await spin(client, player, 10)
    assert (refused.status_code, refused.json()["error"]) == (503, "game_closed")
    assert refused.json()["game_type"] == "slot" and refused.headers["retry-after"] == "60"
    offer = (await client.get("/api/games/")).json()["games"]
    assert {game["game_type"]: game["enabled"] for game in offer} == {
        "slot": False,
        "rps": True,
        "gacha": True,
        "crash": True,
    }
    hand = {"choice": "rock", "bet_amount": 10}
    assert (await client.post("/api/games/rps/play", headers=player, json=hand)).status_code == 200
    await put(client, operator, "slot", enabled=True)
    await parts.configs.read()
    assert (await spin(client, player, 10)).status_code == 200


async def test_every_process_follows_by_itself(database: Database) -> None:
    """Another process knows after its next reading; the same wallet, no word between them."""
    operator, user = await a_player(database), await a_player(database, gold=1_000)
    other = GameConfigs(database)
    table = a_table(database, configs=other)
    await table.play(Bet(user, 10, game="rps", asked="rock"))
    async with database.transaction() as connection:
        await decide(
            connection,
            "rps",
            enabled=False,
            limits=None,
            effective_from=None,
            reason="A test.",
            created_by=operator,
        )
    await other.read()
    with pytest.raises(GameClosed):
        await table.play(Bet(user, 10, game="rps", asked="rock"))


async def test_an_answer_can_be_had_again_while_the_game_is_closed(
    client: httpx.AsyncClient, parts: Parts, operator: dict[str, str], player: dict[str, str]
) -> None:
    """A player whose answer was lost gets it; a new key is refused."""
    first = await spin(client, player, 10, "closing-time")
    await put(client, operator, "slot", enabled=False)
    await parts.configs.read()
    again = await spin(client, player, 10, "closing-time")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert (await spin(client, player, 10, "too-late")).status_code == 503
    assert (await spin(client, player, 11, "closing-time")).json()["error"] == "idempotency_key_reused"


async def test_a_round_that_runs_goes_on_to_its_end(database: Database) -> None:
    """Closing crash ends no ride: it pays as it would have."""
    operator, user = await a_player(database), await a_player(database, gold=1_000)
    game_id, _ = await started(database, user, bet=100, auto=None)
    async with database.transaction() as connection:
        await decide(
            connection,
            "crash",
            enabled=False,
            limits=None,
            effective_from=None,
            reason="A test.",
            created_by=operator,
        )
        past = text("UPDATE crash_rounds SET due_at = due_at - interval '1 hour' WHERE id = :id")
        await connection.execute(past, {"id": game_id})
    ends = CrashEnds(database, WinBonuses(database), rows_max=DUE_MAX, lanes=1)
    while await ends.end_due() == DUE_MAX:
        pass
    async with database.snapshot() as connection:
        ended = await connection.scalar(select(CrashRound.status).where(CrashRound.id == game_id))
    assert ended in ("cashed", "crashed", "expired")


async def test_stakes_can_be_narrowed_never_widened(
    client: httpx.AsyncClient, parts: Parts, operator: dict[str, str], player: dict[str, str]
) -> None:
    """Between the limits one plays, outside it is 422 with the limits; the game's own bounds stand."""
    assert (await put(client, operator, "slot", enabled=True, min_bet=5, max_bet=50)).status_code == 200
    await parts.configs.read()
    assert [(await spin(client, player, bet)).status_code for bet in (4, 5, 50, 51)] == [422, 200, 200, 422]
    refused = (await spin(client, player, 51)).json()
    assert (refused["error"], refused["bet_min"], refused["bet_max"]) == ("stake_out_of_limits", 5, 50)
    slot = (await client.get("/api/games/")).json()["games"][0]
    assert (slot["min_bet"], slot["max_bet"]) == (5, 50)
    for unfit in ({"max_bet": 10_001}, {"min_bet": 60, "max_bet": 50}):
        answer = await put(client, operator, "slot", enabled=True, **unfit)
        assert (answer.status_code, answer.json()["error"]) == (422, "unfit_limits")
    assert (await put(client, operator, "gacha", enabled=True, max_bet=5_000)).status_code == 422


async def test_a_decision_for_later_waits_and_the_newest_counts(
    client: httpx.AsyncClient, operator: dict[str, str], player: dict[str, str], parts: Parts
) -> None:
    """A planned closing and opening wait in the list; the opening is what Retry-After promises; closing now undoes
    an older plan to open."""
    later, still_later = utc_now() + timedelta(hours=1), utc_now() + timedelta(hours=2)
    await put(client, operator, "crash", enabled=False, effective_from=rfc3339(later))
    stands = (await put(client, operator, "crash", enabled=True, effective_from=rfc3339(still_later))).json()
    assert stands["enabled"] and [one["enabled"] for one in stands["to_come"]] == [False, True]
    await put(client, operator, "slot", enabled=False)
    await put(client, operator, "slot", enabled=True, effective_from=rfc3339(later))
    await parts.configs.read()
    waits = int((await spin(client, player, 10)).headers["retry-after"])
    assert 3_500 < waits <= 3_600
    stands = (await put(client, operator, "slot", enabled=False)).json()
    assert (stands["enabled"], stands["to_come"]) == (False, [])


async def test_what_has_begun_holds_by_the_databases_clock(database: Database) -> None:
    """A moment in the past has come; one in the future has not, and an older decision for it is overtaken."""
    operator = await a_player(database)
    now = utc_now()
    async with database.transaction() as connection:
        for minutes, enabled, most in ((60, False, 10), (-1, True, 20), (30, False, 30), (90, True, 40)):
            await decide(
                connection,
                "rps",
                enabled=enabled,
                limits=Limits(1, most),
                effective_from=now + timedelta(minutes=minutes),
                reason="A test.",
                created_by=operator,
            )
        standing = (await standings(connection))["rps"]
    assert (standing.now.enabled, standing.now.limits.bet_max) == (True, 20)
    assert [one.limits.bet_max for one in standing.to_come] == [30, 40]
    assert standing.opens_in(now) == 90 * 60


async def test_who_may_decide_and_what_is_kept_of_it(
    client: httpx.AsyncClient, database: Database, operator: dict[str, str], player: dict[str, str]
) -> None:
    """Players may not even look; a decision's audit row says how it was before; decisions cannot be rewritten."""
    assert (await client.get(CONFIG, headers=player)).status_code == 403
    assert (await put(client, player, "slot", enabled=False)).status_code == 403
    assert (await client.get(CONFIG)).status_code == 401
    assert (await put(client, operator, "roulette", enabled=False)).status_code == 422
    decided = (await put(client, operator, "gacha", enabled=False)).json()
    listed = (await client.get(CONFIG, headers=operator)).json()["games"]
    assert [one["game_type"] for one in listed] == ["slot", "rps", "gacha", "crash"] and listed[2] == decided
    log = await client.get("/api/admin/audit-log", headers=operator, params={"action": "games.configure"})
    newest = log.json()["items"][0]
    assert (newest["target"], newest["before"]["enabled"], newest["after"]["enabled"]) == (
        "game:gacha",
        True,
        False,
    )
    with pytest.raises(DBAPIError, match="append"):
        async with database.transaction() as connection:
            await connection.execute(text("UPDATE game_configs SET enabled = true"))


async def test_a_process_that_starts_opens_no_closed_game(database: Database) -> None:
    """It waits for its first reading, and not for ever where there is none."""
    operator = await a_player(database)
    async with database.transaction() as connection:
        await decide(
            connection,
            "slot",
            enabled=False,
            limits=None,
            effective_from=None,
            reason="A test.",
            created_by=operator,
        )
    configs = GameConfigs(database)
    await configs.wait_until_known(0.01)
    assert configs.of("slot").enabled
    async with running({"configs": configs.run}):
        await configs.wait_until_known(5.0)
        assert not configs.of("slot").enabled

"""The games' switches: what they do outside production, and that production refuses them."""

import orjson
import pytest

from casino.games.configs import GameConfigs
from casino.games.deal_instant import RpsDealer
from casino.games.dealing import Bet
from casino.games.play import Table
from casino.games.proofs import rotate_seed, verify_round
from casino.kit.database import Database
from casino.kit.settings import Settings
from tests.factories.players import a_player

SAFE = {
    "environment": "production",
    "secret_key": "s" * 32,
    "pii_key": "p" * 32,
    "database_url": "postgresql+asyncpg://club:long-and-its-own@db/casino",
    "payment_gateway_key": "g" * 32,
    "payment_webhook_secret": "w" * 32,
}


@pytest.mark.parametrize(("name", "value"), [("crash_db_strict", False), ("casino_rps_deterministic", "win")])
def test_production_refuses_them_by_name(name: str, value: object) -> None:
    """A production that would decide outcomes, or believe a wrong clock, does not start; one without them does."""
    assert Settings.model_validate(SAFE).environment == "production"
    with pytest.raises(ValueError, match=name):
        Settings.model_validate(SAFE | {name: value})


@pytest.mark.parametrize(("forced", "pays"), [("win", 20), ("draw", 10), ("lose", 0)])
async def test_a_forced_hand_ends_as_told_and_says_so(database: Database, forced: str, pays: int) -> None:
    """Whatever is shown, the outcome is the forced one; such rounds are marked, and few of them verify."""
    user = await a_player(database)
    dealer = RpsDealer(lambda: 0, forced=forced)
    table = Table(database, [dealer], admit=GameConfigs(database).admit, rows_max=8, lanes=1)
    answers = [
        orjson.loads((await table.play(Bet(user, 10, game="rps", asked=hand))).body)
        for hand in ("rock", "paper", "scissors") * 4
    ]
    assert {(one["outcome"], one["win_amount"]) for one in answers} == {(forced, pays)}
    async with database.transaction() as connection:
        await rotate_seed(connection, user, None)
        checked = [await verify_round(connection, user, one["round_id"]) for one in answers]
    assert not all(one.valid for one in checked)

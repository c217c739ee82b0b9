"""GET /olap/health: how the store stands, for those who look after it."""

import httpx

from casino.analytics.service import ClickHouse, OlapStore, olap_health
from casino.kit.database import Database
from casino.kit.settings import Settings
from tests.analytics.facts import commit_facts
from tests.factories.access import bearer
from tests.factories.players import a_player


async def test_operators_may_ask(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    """Operators and admins see it, players do not, nobody is nobody."""
    user_id = await a_player(database)
    statuses = {}
    for role in ("user", "operator", "admin"):
        answer = await client.get("/api/olap/health", headers=bearer(settings, user_id, role=role))
        statuses[role] = answer.status_code
    assert statuses == {"user": 403, "operator": 200, "admin": 200}
    assert answer.json()["status"] in ("ok", "behind")
    assert (await client.get("/api/olap/health")).status_code == 401


async def test_the_status_names_what_is_wrong(fact_log: Database, clickhouse: ClickHouse) -> None:
    """Ok, behind, away, or switched off."""
    assert (await olap_health(fact_log, OlapStore(clickhouse))).status == "ok"
    await commit_facts(fact_log, 3, minutes_ago=5)
    behind = await olap_health(fact_log, OlapStore(clickhouse))
    assert (behind.status, behind.waiting_events) == ("behind", 3)
    assert behind.freshness_seconds > 299
    nowhere = ClickHouse("http://casino:casino@127.0.0.1:1/cc_olap", timeout_seconds=0.5)
    away = await olap_health(fact_log, OlapStore(nowhere))
    assert away.status == "away"
    assert away.detail
    assert (await olap_health(fact_log, OlapStore(None))).status == "disabled"
    await nowhere.close()

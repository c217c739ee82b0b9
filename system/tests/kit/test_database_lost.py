"""A database that goes away is a 503 to whoever asks, traced or not, and harms nobody once it is back."""

import asyncio

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from casino.app import build_app, build_parts
from casino.kit.database import Database
from casino.kit.settings import Settings

NOBODY_LISTENS = "postgresql+asyncpg://casino:casino@127.0.0.1:1/casino"
SAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_a_closed_connection_fails_once(settings: Settings) -> None:
    """Whoever meets it is told that the connection is gone; the next one gets a new connection."""
    url = settings.database_url.get_secret_value()
    database = Database(url, pool_size=2, instance="lost")
    async with database.driver() as connection:
        pid = await connection.fetchval("SELECT pg_backend_pid()")
    executioner = await asyncpg.connect(url.replace("+asyncpg", ""))
    assert await executioner.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
    await executioner.close()
    await asyncio.sleep(0.1)
    with pytest.raises(ConnectionResetError):
        async with database.driver() as connection:
            await connection.fetchval("SELECT 1")
    async with database.driver() as connection:
        assert await connection.fetchval("SELECT 1") == 1
    await database.close()


@pytest.mark.parametrize("headers", [{}, {"traceparent": SAMPLED}], ids=["plain", "traced"])
async def test_a_missing_database_is_503(settings: Settings, headers: dict[str, str]) -> None:
    """As a problem, also where the instrumentation stands between the edge and the routes."""
    parts = build_parts(settings.model_copy(update={"database_url": SecretStr(NOBODY_LISTENS)}))
    transport = httpx.ASGITransport(
        build_app(parts), raise_app_exceptions=False, client=("127.0.0.1", 50_000)
    )
    async with httpx.AsyncClient(transport=transport, base_url="http://casino.test") as client:
        answer = await client.get("/api/invite/validate?code=5858", headers=headers)
    await parts.database.close()
    await parts.redis.aclose()
    assert answer.status_code == 503, answer.text
    assert answer.json()["error"] == "unavailable"

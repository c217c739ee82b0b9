"""Tombstones: written outside the database, and good against a copy of it from before."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from casino.admin.jobs import Erasures, scheduled
from casino.identity.service import Tombstone, TombstoneFile, seed_basic
from casino.identity.tombstones import TombstonesBroken
from casino.kit.database import Database
from casino.kit.settings import Settings
from tests.identity.people import log_in, signed_up

BORN = datetime(2026, 11, 22, 1, 2, 3, 456_789, tzinfo=UTC)
_RESTORED = """
UPDATE users SET site_id = old.site_id, nickname = old.nickname, nickname_folded = old.nickname_folded,
  phone_encrypted = old.phone_encrypted, phone_key_id = old.phone_key_id, phone_index = old.phone_index,
  phone_index_key_id = old.phone_index_key_id, password_hash = old.password_hash, deleted_at = NULL
FROM jsonb_populate_record(NULL::users, :row) AS old WHERE users.id = old.id
"""


@pytest.fixture(autouse=True)
async def invite_code(database: Database, settings: Settings) -> None:
    """The code people sign up with."""
    await seed_basic(database, settings)


@pytest.fixture
def file(tmp_path: Path) -> TombstoneFile:
    """A file that is not there yet."""
    return TombstoneFile(tmp_path / "evidence" / "erased.jsonl")


async def one(database: Database, query: str, **values: Any) -> Any:
    """The one value of a query, or of a change, in a transaction of its own."""
    async with database.transaction() as connection:
        done = await connection.execute(text(query), values)
        return done.scalar_one_or_none() if done.returns_rows else None


async def test_who_a_restored_backup_brings_back_is_erased_again(
    client: httpx.AsyncClient, database: Database, file: TombstoneFile
) -> None:
    """Their number and name live again until the worker starts; what it erases is again nobody."""
    person = await signed_up(client)
    row = await one(database, "SELECT to_jsonb(users)::text FROM users WHERE id = :id", id=person.id)
    assert (await client.delete("/api/users/me", headers=person.bearer)).status_code == 204
    await Erasures(database, file).keep()
    assert person.id in {stone.user_id for stone in file.read()}
    await one(database, _RESTORED.replace(":row", "CAST(:row AS jsonb)"), row=row)
    await one(database, "DELETE FROM erasures WHERE user_id = :id", id=person.id)
    assert (await log_in(client, person.site_id)).status_code == 200
    await Erasures(database, file).keep()
    assert (await log_in(client, person.site_id)).status_code == 401
    kept = "SELECT site_id FROM users JOIN erasures ON user_id = id WHERE id = :id AND deleted_at IS NOT NULL"
    assert await one(database, kept, id=person.id) == f"erased-{person.id}"


async def test_another_account_of_the_same_number_lives(
    client: httpx.AsyncClient, database: Database, file: TombstoneFile
) -> None:
    """A file of one database does no harm to another: the moment the account was made is not the same."""
    person = await signed_up(client)
    made = await one(database, "SELECT created_at FROM users WHERE id = :id", id=person.id)
    file.append([Tombstone(person.id, made + timedelta(microseconds=1))])
    await Erasures(database, file).keep()
    assert (await client.get("/api/auth/me", headers=person.bearer)).status_code == 200


async def test_each_erasure_is_written_once(
    client: httpx.AsyncClient, database: Database, file: TombstoneFile, tmp_path: Path
) -> None:
    """However often the job comes; the next erasure is added behind."""
    erasures, path = Erasures(database, file), tmp_path / "evidence" / "erased.jsonl"
    for _ in range(2):
        person = await signed_up(client)
        assert (await client.delete("/api/users/me", headers=person.bearer)).status_code == 204
        for _ in range(2):
            await erasures.keep()
        lines = path.read_text().splitlines()
        assert sum(f'"user_id":{person.id},' in line for line in lines) == 1
    assert len(lines) == len(file.read())
    assert path.stat().st_mode & 0o077 == 0
    assert scheduled(database, file=None) == []


def test_a_torn_line_is_written_anew_and_a_broken_one_is_told(file: TombstoneFile, tmp_path: Path) -> None:
    """A crash leaves half a line behind, which is cut off; what nobody wrote stops the job."""
    path = tmp_path / "evidence" / "erased.jsonl"
    first, second = Tombstone(1, BORN), Tombstone(2, BORN)
    file.append([first])
    with path.open("ab") as torn:
        torn.write(b'{"user_id":2,"account')
    assert file.read() == {first}
    file.append([second])
    assert file.read() == {first, second}
    path.write_text(path.read_text().replace('"user_id":1', '"user":1'))
    with pytest.raises(TombstonesBroken, match=r"line 1 of erased\.jsonl"):
        file.read()

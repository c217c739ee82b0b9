"""Ledgers of their own for the auditor's tests: what is planted in one is seen by nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from casino.kit.database import Database
from casino.kit.settings import Settings
from casino.wallet.audit_file import CheckpointFile
from tests.factories.ledgers import fill_ledger
from tests.fixtures.databases import copied, migrated

USERS = 20
TRANSFERS_EACH = 10


@pytest_asyncio.fixture(scope="session")
async def ledger_template(settings: Settings) -> AsyncIterator[str]:
    """The address of a database with a small, sound ledger."""
    async with migrated(settings, "ledger") as address:
        database = Database(address, pool_size=2, instance="tests")
        await fill_ledger(database, users=USERS, transfers_each=TRANSFERS_EACH)
        await database.close()
        yield address


@pytest_asyncio.fixture
async def ledger(settings: Settings, ledger_template: str) -> AsyncIterator[Database]:
    """A sound ledger of 20 users with 10 transfers each, for one test to spoil."""
    async with copied(settings, ledger_template) as database:
        yield database


@pytest.fixture
def file(tmp_path: Path) -> CheckpointFile:
    """Evidence outside the database."""
    return CheckpointFile(tmp_path / "heads.jsonl", ["a secret of the tests"])

"""Ledgers of their own for the auditor's tests: what is planted in one is seen by nobody else."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from casino.kit.database import Database
from casino.kit.settings import Settings
from casino.wallet.audit_file import CheckpointFile
from tests.factories.ledgers import fill_ledger

USERS = 20
TRANSFERS_EACH = 10
SYSTEM = Path(__file__).parents[2]
_numbers = count(1)


@pytest_asyncio.fixture(scope="session")
async def ledger_template(settings: Settings) -> AsyncIterator[str]:
    """The address of a migrated database with a small, sound ledger."""
    name = f"ledger_{os.getpid()}"
    address = settings.database_url.get_secret_value().rsplit("/", 1)[0] + f"/{name}"
    await _as_owner(settings, f"CREATE DATABASE {name}")
    environment = os.environ | {"DATABASE_URL": address, "PYTHONPATH": str(SYSTEM)}
    migrate = [sys.executable, "-m", "casino.cli", "migrate"]
    subprocess.run(migrate, env=environment, check=True, capture_output=True)
    database = Database(address, pool_size=2, instance="tests")
    await fill_ledger(database, users=USERS, transfers_each=TRANSFERS_EACH)
    await database.close()
    yield address
    await _as_owner(settings, f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture
async def ledger(settings: Settings, ledger_template: str) -> AsyncIterator[Database]:
    """A sound ledger of 20 users with 10 transfers each, for one test to spoil."""
    template = ledger_template.rsplit("/", 1)[1]
    name = f"{template}_{next(_numbers)}"
    await _as_owner(settings, f"CREATE DATABASE {name} TEMPLATE {template}")
    database = Database(ledger_template.replace(template, name), pool_size=4, instance="tests")
    yield database
    await database.close()
    await _as_owner(settings, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def file(tmp_path: Path) -> CheckpointFile:
    """Evidence outside the database."""
    return CheckpointFile(tmp_path / "heads.jsonl", ["a secret of the tests"])


async def _as_owner(settings: Settings, statement: str) -> None:
    address = settings.database_url.get_secret_value().replace("+asyncpg", "")
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()

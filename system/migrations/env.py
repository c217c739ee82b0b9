"""Runs migrations against the database of the settings; `casino migrate` is the way in."""

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from casino.kit.database import Base
from casino.kit.settings import load_settings
from migrations import tables

assert tables.ALL, "every room's tables are imported before migrating"
# One migrator at a time: the key is arbitrary, it only has to be ours.
MIGRATION_LOCK = 7_415_858


def run(connection: Connection) -> None:
    """All pending migrations in one transaction, alone."""
    context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=False)
    with context.begin_transaction():
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        context.run_migrations()


async def main() -> None:
    """Opens one connection for `run`."""
    engine = create_async_engine(load_settings().database_url.get_secret_value())
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


asyncio.run(main())

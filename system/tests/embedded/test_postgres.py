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
from casino.embedded.postgres import (
    BINARIES,
    PACKAGE,
    can_reach,
    data_folder,
    link_data,
    locate_binaries,
    remove_data,
)
from casino.embedded.spawn import run

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
def test_closed_programs_are_copied_once(
    closed_site_packages: Path, shared: Path, account: OsAccount, tmp_path: Path
) -> None:
    """The copy runs under the account, with its libraries, and is made a single time."""
    cache = shared / "cache"
    binaries = locate_binaries(closed_site_packages, account, shared=cache)
    for program in ("postgres", "pg_isready"):
        run([str(binaries / program), "--version"], log=tmp_path / "log", account=account)
    assert (tmp_path / "log").read_text().count("PostgreSQL") == 2
    made_at = binaries.stat().st_ctime_ns
    assert locate_binaries(closed_site_packages, account, shared=cache) == binaries
    assert binaries.stat().st_ctime_ns == made_at


@as_root
def test_closed_state_directory_links_to_its_data(tmp_path: Path, shared: Path, account: OsAccount) -> None:
    """The database lies where the account may go, and goes with the directory."""
    data = data_folder(tmp_path, account, shared=shared)
    assert data.is_relative_to(shared)
    link_data(tmp_path, data)
    assert data == data_folder(tmp_path, account, shared=shared) == (tmp_path / "postgres").readlink()
    data.mkdir()
    assert can_reach(account, data)
    remove_data(tmp_path)
    assert list(shared.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


@as_root
def test_deleted_state_directory_takes_its_data_along(
    tmp_path: Path, shared: Path, account: OsAccount
) -> None:
    """The next one at the same place starts anew: the old password is gone."""
    data = data_folder(tmp_path, account, shared=shared)
    link_data(tmp_path, data)
    data.mkdir()
    link_data(tmp_path, data)
    assert data.exists()
    (tmp_path / "postgres").unlink()
    link_data(tmp_path, data)
    assert not data.exists()


@as_root
def test_open_state_directory_keeps_its_data(shared: Path, tmp_path: Path, account: OsAccount) -> None:
    """Nothing is moved where nothing is in the way."""
    assert data_folder(shared, account, shared=tmp_path) == shared / "postgres"

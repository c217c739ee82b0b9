"""Folders for the systems the tests start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from casino.embedded.topology import remove_data


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    """A state directory not made yet; run as root its database lies outside, so it is removed by name."""
    folder = tmp_path / "state"
    yield folder
    remove_data(folder)

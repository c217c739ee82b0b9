"""The unprivileged account that runs PostgreSQL when we are root, which PostgreSQL refuses to be."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from casino.embedded.errors import EmbeddedError

PREFERRED_NAMES = ("postgres", "nobody")


@dataclass(frozen=True)
class OsAccount:
    """An account of the operating system, by its numbers."""

    name: str
    uid: int
    gid: int

    def can_reach(self, path: Path) -> bool:
        """Whether the account may pass every folder above `path` and execute or enter `path` itself.

        The kernel is asked, by a process of that account, so mount options and access lists count too.
        """
        test = subprocess.run(
            ["test", "-x", str(path)], user=self.uid, group=self.gid, extra_groups=[], cwd="/", check=False
        )
        return test.returncode == 0

    def own(self, path: Path) -> None:
        """Give `path` to the account."""
        os.chown(path, self.uid, self.gid)


def stand_in_for_root() -> OsAccount | None:
    """The account PostgreSQL shall run as, or None when we are not root and may run it ourselves."""
    if os.geteuid() != 0:
        return None
    for name in PREFERRED_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return OsAccount(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        "PostgreSQL refuses to run as root and there is no account 'postgres' or 'nobody' to run it: "
        "add one (adduser --system postgres) or start the casino as an ordinary user"
    )

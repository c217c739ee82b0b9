"""The unprivileged account that runs PostgreSQL when we are root, which PostgreSQL refuses to be."""

import os
import pwd
from dataclasses import dataclass

from casino.embedded.errors import EmbeddedError

PREFERRED_NAMES = ("postgres", "nobody")


@dataclass(frozen=True)
class OsAccount:
    """An account of the operating system, by its numbers."""

    name: str
    uid: int
    gid: int


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

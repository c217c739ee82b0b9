"""Passwords and keys of one state directory: made once, kept beside the data they open."""

import json
import secrets
from pathlib import Path

from casino.embedded.state import write_private

SECRETS_FILE = "secrets.json"


class SecretStore:
    """Secrets by name, each generated when first asked for and the same ever after (file mode 0600)."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / SECRETS_FILE
        self._secrets: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def get(self, name: str, *, random_bytes: int = 24) -> str:
        """The secret called `name`, in hexadecimal: no URL, SQL or config file needs to quote it."""
        if name not in self._secrets:
            self._secrets[name] = secrets.token_hex(random_bytes)
            write_private(self._path, json.dumps(self._secrets, indent=2) + "\n")
        return self._secrets[name]

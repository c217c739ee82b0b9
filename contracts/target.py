"""The casino under examination: its address, its accounts, and a client that lets no answer by unseen."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from contracts.patience import PatientClient
from contracts.tally import Tally

SECONDS_MAX = 30.0
INVITE_CODE = "5858"
PASSWORD = "violet-harbour-9173"  # noqa: S105 - of accounts that live as long as the run
MONITORS = frozenset({"alertmanager", "blackbox", "prometheus"})


class TargetError(Exception):
    """The casino cannot be asked, or not as we must; the message says why."""


@dataclass
class Player:
    """An account and the tokens of one of its sessions."""

    site_id: str
    password: str
    user_id: int
    access_token: str
    refresh_token: str
    role: str = "user"

    @property
    def bearer(self) -> dict[str, str]:
        """The header that makes a request theirs."""
        return {"Authorization": f"Bearer {self.access_token}"}


class Target:
    """One running casino. `state` is what its state.json says; empty where only a URL is known."""

    def __init__(self, url: str, tally: Tally, *, state_dir: Path | None = None) -> None:
        self.url = url.rstrip("/")
        self.tally = tally
        self._state_dir = state_dir
        hooks: dict[str, list[Any]] = {"response": [self._seen]}
        self.http = PatientClient(base_url=self.url, timeout=SECONDS_MAX, event_hooks=hooks, trust_env=False)

    def _seen(self, answer: httpx.Response) -> None:
        answer.read()
        asker = "user" if "authorization" in answer.request.headers else "anonymous"
        path = answer.request.url.raw_path.split(b"?")[0].decode("latin-1")
        headers = {name.lower(): value for name, value in answer.headers.items()}
        self.tally.take(asker, answer.request.method, path, answer.status_code, headers, answer.content)

    @property
    def state(self) -> Mapping[str, Any]:
        """What state.json says now; empty where only a URL is known."""
        if self._state_dir is None:
            return {}
        path = self._state_dir / "state.json"
        try:
            document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise TargetError(f"{path}: {error}") from error
        return document

    def admin(self) -> Player | None:
        """The seeded admin in a new session; None where no state.json tells their password."""
        for account in self.state.get("accounts", []):
            if account["role"] == "admin":
                return self.log_in(account["site_id"], account["password"])
        return None

    def sign_up(self) -> Player:
        """A new player with the gold of a new player."""
        name = f"ct_{secrets.token_hex(8)}"
        asked = {
            "site_id": name,
            "nickname": name,
            "phone_number": f"+8299{secrets.randbelow(10**9):09d}",
            "invite_code": INVITE_CODE,
            "password": PASSWORD,
        }
        return self._entered(self.http.post("/api/auth/signup", json=asked), PASSWORD, wanted=201)

    def log_in(self, site_id: str, password: str) -> Player:
        """An account in a new session."""
        asked = {"site_id": site_id, "password": password}
        return self._entered(self.http.post("/api/auth/login", json=asked), password, wanted=200)

    def _entered(self, answer: httpx.Response, password: str, *, wanted: int) -> Player:
        if answer.status_code != wanted:
            raise TargetError(
                f"{answer.request.url.path} answered {answer.status_code}: {answer.text[:200]}; "
                "no account, no examination"
            )
        told = answer.json()
        user = told["user"]
        return Player(
            site_id=user["site_id"],
            password=password,
            user_id=user["id"],
            access_token=told["access_token"],
            refresh_token=told["refresh_token"],
            role=user["role"],
        )

    def process_marks(self) -> dict[str, Any]:
        """Process ids and restarts by name: what must be the same after all that was done to it.

        Those that only watch are left out: nothing is sent to them, and somebody else may make them new meanwhile.
        """
        processes = self.state.get("processes", {})
        return {
            name: (found["pid"], found["restarts"])
            for name, found in processes.items()
            if name not in MONITORS
        }

    def close(self) -> None:
        """Lets the connections go."""
        self.http.close()

"""The bank, in the manner of Jepsen: tellers share one account through the fault, and an auditor counts all gold.

Tellers bet and read at the same time, asking again under the same key whatever was not answered; each balance read
must have been the account's true one at some moment between question and answer. The auditor reads wallets and
transfers in one snapshot again and again; they must agree at every moment, not only when all is quiet.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import httpx

from chaos.books import Snapshot, read_snapshot

HISTORY_FILE = "history-bank.jsonl"
INVITE_CODE = "5858"
TELLERS = 3
PATIENCE_SECONDS = 5.0
_ROUND = ("round_id", "bet_amount", "win_amount", "bonus_gold", "balance")
_PAUSE_SECONDS = (0.05, 0.25)
_RETRY_SECONDS = 0.3
_AUDIT_SECONDS = 0.5
# After the fault is over a bet in doubt is asked again until it is settled, for no longer than this.
_DOUBT_SECONDS_MAX = 20.0


class BankError(Exception):
    """The account could not be opened, so nothing was tried."""


class Bank:
    """One account, its tellers and its auditor, working from `open` until `close`."""

    def __init__(self, public_url: str, database_url: str, histories: Path, *, seed: int) -> None:
        self._public_url = public_url
        self._database_url = database_url
        self._file = histories / HISTORY_FILE
        self._lines: list[dict[str, Any]] = []
        self._snapshots: list[Snapshot] = []
        self._closing = threading.Event()
        self._account: dict[str, Any] = {}
        self._threads = [
            threading.Thread(target=self._serve, args=(number, Random(f"{seed}-{number}")), daemon=True)
            for number in range(TELLERS)
        ]
        self._threads.append(threading.Thread(target=self._audit, daemon=True))

    def open(self) -> None:
        """Open the account and begin; raises BankError."""
        name = f"bank{secrets.token_hex(4)}"
        person = {"site_id": name, "nickname": name, "phone_number": f"010{secrets.randbelow(10**8):08d}"}
        body = {**person, "invite_code": INVITE_CODE, "password": secrets.token_urlsafe(12) + "a1!"}
        try:
            answer = httpx.post(f"{self._public_url}/api/auth/signup", json=body, timeout=PATIENCE_SECONDS)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise BankError(f"no account could be opened: {error!r}") from error
        self._account = answer.json()
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Let the tellers settle what is in doubt, and write their history; harmless when it is closed."""
        self._closing.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        if self._lines:
            self._file.write_text("".join(json.dumps(line) + "\n" for line in self._lines), encoding="utf-8")

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """What the auditor counted."""
        return tuple(self._snapshots)

    def _serve(self, number: int, rng: Random) -> None:
        headers = {"Authorization": f"Bearer {self._account['access_token']}"}
        client = f"bank-{number}"
        with httpx.Client(base_url=self._public_url, headers=headers, timeout=PATIENCE_SECONDS) as http:
            while not self._closing.wait(rng.uniform(*_PAUSE_SECONDS)):
                if rng.random() < 0.5:
                    self._read(http, client)
                else:
                    self._bet(http, client, f"{client}-{uuid.uuid4()}", rng.randint(1, 3))

    def _read(self, http: httpx.Client, client: str) -> None:
        line, answer = self._ask(http, client, "balance", "GET", "/api/users/balance")
        if answer is not None and answer.status_code == 200:
            line["balance"] = answer.json()["gold_balance"]

    def _bet(self, http: httpx.Client, client: str, key: str, bet: int) -> None:
        """Ask under one key until the answer says what became of the bet."""
        body = {"bet_amount": bet}
        given_up = float("inf")
        while time.monotonic() < given_up:
            line, answer = self._ask(
                http,
                client,
                "spin",
                "POST",
                "/api/games/slot/spin",
                body=body,
                headers={"Idempotency-Key": key},
            )
            line |= {"key": key, "request": body}
            if answer is not None and answer.status_code == 200:
                told = answer.json()
                line |= {name: told[name] for name in _ROUND}
                line["replayed"] = answer.headers.get("idempotency-replayed") == "true"
                return
            if (
                answer is not None
                and 400 <= answer.status_code < 500
                and answer.status_code not in (409, 429)
            ):
                return
            if self._closing.is_set() and given_up == float("inf"):
                given_up = time.monotonic() + _DOUBT_SECONDS_MAX
            time.sleep(_RETRY_SECONDS)

    def _ask(
        self,
        http: httpx.Client,
        client: str,
        step: str,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[dict[str, Any], httpx.Response | None]:
        """One request, and its line of the history, to be completed by the caller."""
        who = {"record": "op", "client": client, "user_id": self._account["user"]["id"], "step": step}
        line: dict[str, Any] = {**who, "status": 0, "started": time.time()}
        answer = None
        with suppress(httpx.HTTPError):
            answer = http.request(method, path, json=body, headers=headers)
            line["status"] = answer.status_code
        line["ended"] = time.time()
        self._lines.append(line)
        return line, answer

    def _audit(self) -> None:
        while not self._closing.wait(_AUDIT_SECONDS):
            # A database that is away can be counted later; what it says must be right whenever it speaks.
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                self._snapshots.append(read_snapshot(self._database_url))

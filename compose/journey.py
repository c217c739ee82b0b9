"""One player's first minute, and where its traces must be found: socket, Kafka, ClickHouse, Prometheus."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer
from websockets.sync.client import ClientConnection, connect

from compose import engine

BET = 10
SOCKET_SECONDS_MAX = 10.0
PIPELINE_SECONDS_MAX = 30.0
TARGETS_SECONDS_MAX = 20.0
REQUESTS_WITHOUT_REPLICA = 40
# Facts, not the dead letters beside them; a topic made after the consumer began is seen within a second.
FACT_TOPICS = r"^casino\.\w+\.v\d+$"
METADATA_MILLISECONDS = 1_000

Found = tuple[bool, str, dict[str, Any]]


class NoRoundError(Exception):
    """The question is about a round that could not be played."""


class Journey:
    """Questions in the order they are asked; all but the first are about the round that `spin` played."""

    def __init__(self, urls: dict[str, str]) -> None:
        self._urls = urls
        self._public = httpx.Client(base_url=urls["public"], timeout=10.0)
        self._socket: ClientConnection | None = None
        self._round_id = ""

    def spin(self) -> Found:
        """Sign up, open a socket, spin once; the balance must be what the bet and the win make it."""
        name = f"smoke{secrets.token_hex(4)}"
        player = {
            "site_id": name,
            "nickname": name,
            "phone_number": f"010{secrets.randbelow(10**8):08d}",
            "invite_code": "5858",
            "password": secrets.token_urlsafe(12) + "a1!",
        }
        signed_up = self._public.post("/api/auth/signup", json=player).raise_for_status().json()
        self._public.headers["Authorization"] = f"Bearer {signed_up['access_token']}"
        before = self._public.get("/api/users/balance").raise_for_status().json()["gold_balance"]
        address = self._urls["public"].replace("http", "ws", 1) + "/api/realtime/sync"
        headers = {"Authorization": f"Bearer {signed_up['access_token']}"}
        self._socket = connect(address, additional_headers=headers, open_timeout=SOCKET_SECONDS_MAX)
        key = {"Idempotency-Key": secrets.token_hex(16)}
        played = self._public.post("/api/games/slot/spin", json={"bet_amount": BET}, headers=key)
        answer = played.raise_for_status().json()
        self._round_id = str(answer["round_id"])
        expected = before - BET + answer["win_amount"]
        detail = f"{before} − {BET} + {answer['win_amount']} = {answer['balance']}"
        return answer["balance"] == expected, detail, {"round_id": self._round_id}

    def socket(self) -> Found:
        """The socket opened before the spin must tell of the round within 10 s."""
        if self._socket is None or not self._round_id:
            raise NoRoundError("no round was played")
        deadline = time.monotonic() + SOCKET_SECONDS_MAX
        seen = []
        with self._socket:
            while (left := deadline - time.monotonic()) > 0:
                try:
                    message = json.loads(self._socket.recv(timeout=left))
                except TimeoutError:
                    break
                seen.append(message["type"])
                if message["type"] == "game_event" and message["data"]["round_id"] == self._round_id:
                    return True, f"game_event with id {message['id']}", {"seen": seen}
        return False, f"no game_event of the round within {SOCKET_SECONDS_MAX:.0f} s", {"seen": seen}

    def kafka(self) -> Found:
        """Some record of a casino topic must name the round within 30 s."""
        if not self._round_id:
            raise NoRoundError("no round was played")
        return asyncio.run(_find_in_kafka(self._urls["kafka"], self._round_id.encode()))

    def clickhouse(self) -> Found:
        """Exactly one event in the analytics store must name the round within 30 s."""
        if not self._round_id:
            raise NoRoundError("no round was played")
        query = "SELECT count() FROM events FINAL WHERE position(toString(tuple(*)), {round:String}) > 0"
        deadline = time.monotonic() + PIPELINE_SECONDS_MAX
        url = httpx.URL(self._urls["olap"])
        rows = 0
        while not rows and time.monotonic() < deadline:
            parameters = {"database": url.path.strip("/"), "param_round": self._round_id}
            asked = httpx.post(url.copy_with(path="/"), params=parameters, content=query, timeout=10.0)
            rows = int(asked.raise_for_status().text)
            time.sleep(0.2)
        return rows == 1, f"{rows} event names the round", {"rows": rows}

    def hidden_pages(self) -> Found:
        """The metrics of a replica's private port must be 404 through the gateway, however they are spelt."""
        inside = httpx.get(self._urls["api-1"] + "/metrics").status_code
        spelt = ("/metrics", "//metrics", "/%6detrics", "/metrics/", "/metrics?x=1")
        outside = {page: httpx.get(self._urls["public"] + page).status_code for page in spelt}
        held = inside == 200 and set(outside.values()) == {404}
        detail = f"inside {inside}, outside {sorted(set(outside.values()))}"
        return held, detail, {"inside": inside, "outside": outside}

    def targets(self) -> Found:
        """Every target must be up, the probe of the public address good, rules loaded, within 20 s."""
        deadline = time.monotonic() + TARGETS_SECONDS_MAX
        while True:
            up, probed = self._series("up"), self._series("probe_success")
            down = sorted(name for name, value in (*up.items(), *probed.items()) if value != "1")
            if (up and probed and not down) or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        groups = self._prometheus("/api/v1/rules")["groups"]
        detail = f"{len(up)} targets, {len(probed)} probed, {len(groups)} rule groups; down: {down or 'none'}"
        return bool(up and probed and groups) and not down, detail, {"up": up, "probe_success": probed}

    def _series(self, query: str) -> dict[str, str]:
        found = self._prometheus("/api/v1/query", query=query)["result"]
        return {f"{one['metric']['job']}/{one['metric']['instance']}": one["value"][1] for one in found}

    def _prometheus(self, path: str, **parameters: str) -> dict[str, Any]:
        asked = httpx.get(self._urls["prometheus"] + path, params=parameters)
        data: dict[str, Any] = asked.raise_for_status().json()["data"]
        return data

    def lose_replica(self, container: str) -> Found:
        """Kill one replica: every request through the gateway must still be answered 200."""
        engine.read("kill", container)
        try:
            answers = [self._public.get("/health").status_code for _ in range(REQUESTS_WITHOUT_REPLICA)]
        finally:
            engine.read("start", container)
        good = answers.count(200)
        return good == len(answers), f"{good} of {len(answers)} answered 200 with {container} killed", {}


async def _find_in_kafka(server: str, needle: bytes) -> Found:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=server, auto_offset_reset="earliest", metadata_max_age_ms=METADATA_MILLISECONDS
    )
    consumer.subscribe(pattern=FACT_TOPICS)
    await consumer.start()
    read = 0
    try:
        async with asyncio.timeout(PIPELINE_SECONDS_MAX):
            while True:
                for partition, records in (await consumer.getmany(timeout_ms=500)).items():
                    read += len(records)
                    if any(needle in (record.value or b"") for record in records):
                        return True, f"found in {partition.topic}, partition {partition.partition}", {}
    except TimeoutError:
        return False, f"none of {read} records of casino.* names the round", {"read": read}
    finally:
        await consumer.stop()

"""What a benchmark runs on: engines of its own, players with gold, one API process, and a load from wrk."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from casino.embedded import EngineUrls
from casino.identity.tokens import Tokens
from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.kit.settings import Settings
from tests.factories.players import a_player

SYSTEM = Path(__file__).parents[2]
PLAYERS = 512
GOLD = 50_000_000
CONNECTIONS = 64
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
# One round a request; keys never repeat, players take turns so that a batch holds distinct ones.
_WRK_SCRIPT = """
local tokens = {}
for line in io.lines(os.getenv("BENCH_TOKENS")) do tokens[#tokens + 1] = line end
local salt = os.getenv("BENCH_SALT")
local count = 0
request = function()
  count = count + 1
  local headers = {
    ["Authorization"] = "Bearer " .. tokens[count % #tokens + 1],
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = salt .. count,
  }
  return wrk.format("POST", "/api/games/slot/spin", headers, '{"bet_amount":10}')
end
"""


@dataclass(frozen=True)
class Players:
    """Who plays: their ids, and the file with an access token of each, a line a player."""

    ids: list[int]
    tokens: Path


@dataclass(frozen=True)
class Measured:
    """One stretch of load: answered requests a second, and CPU microseconds of the API process a request."""

    per_second: float
    cpu_microseconds: float
    failed: int


def environment(urls: EngineUrls, extra: Mapping[str, str]) -> dict[str, str]:
    """Settings of the API process: full guarantees, metrics on, one request in a hundred traced to a file."""
    assert urls.postgres and urls.valkey
    return {
        **os.environ,
        "PYTHONPATH": str(SYSTEM),
        "DATABASE_URL": urls.postgres.replace("postgresql://", "postgresql+asyncpg://"),
        "REDIS_URL": urls.valkey,
        "CLICKHOUSE_ENABLED": "0",
        "RATE_LIMIT_USER_PER_SECOND": "1000000",
        "RATE_LIMIT_USER_PER_MINUTE": "10000000",
        "RATE_LIMIT_ADDRESS_PER_MINUTE": "100000000",
        "LOG_LEVEL": "WARNING",
        **extra,
    }


def migrate(urls: EngineUrls) -> None:
    """Makes the tables."""
    subprocess.run([sys.executable, "-m", "casino.cli", "migrate"], env=environment(urls, {}), check=True)


def make_players(urls: EngineUrls, folder: Path) -> Players:
    """Players with plenty of gold, and tokens that the API believes."""
    assert urls.postgres
    url = urls.postgres.replace("postgresql://", "postgresql+asyncpg://")

    async def make() -> list[int]:
        database = Database(url, pool_size=4, instance="bench")
        ids = [await a_player(database, gold=GOLD) for _ in range(PLAYERS)]
        await database.close()
        return ids

    ids = asyncio.run(make())
    tokens = Tokens(Settings())
    now = utc_now()
    lines = [
        tokens.access(user_id=id_, sid=str(uuid4()), rank="STANDARD", role="user", issued_at=now)
        for id_ in ids
    ]
    file = folder / "tokens.txt"
    file.write_text("\n".join(lines) + "\n")
    return Players(ids, file)


@dataclass(frozen=True)
class Api:
    """A running API process and the address it plays at."""

    process: subprocess.Popen[bytes]
    url: str


@contextmanager
def api(urls: EngineUrls, folder: Path, ports: tuple[int, int], **settings: str) -> Iterator[Api]:
    """One API process with these settings on its public and private port, ready to play."""
    public, private = map(str, ports)
    command = [sys.executable, "-m", "casino.cli", "serve", "--port", public, "--private-port", private]
    env = environment(urls, {"TRACE_FILE": str(folder / "traces.jsonl"), **settings})
    with (folder / "api.log").open("ab") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        _wait_ready(f"http://127.0.0.1:{private}/readyz", process)
        yield Api(process, f"http://127.0.0.1:{public}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _wait_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the API process did not become ready; its log lies beside the report")


def load(api: Api, players: Players, *, seconds: int, folder: Path) -> Measured:
    """Drives spins as fast as they are answered, from one generator thread over `CONNECTIONS` connections.

    Raises RuntimeError with the generator's own words when it ends otherwise than well.
    """
    script = folder / "spin.lua"
    script.write_text(_WRK_SCRIPT)
    env = os.environ | {"BENCH_TOKENS": str(players.tokens), "BENCH_SALT": uuid4().hex[:12]}
    before = cpu_seconds(api.process.pid)
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), api.url]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"wrk ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    output, used = done.stdout, cpu_seconds(api.process.pid) - before
    answered = int(_figure(r"(\d+) requests in", output) or 0)
    failed = int(_figure(r"Non-2xx or 3xx responses: (\d+)", output) or 0)
    return Measured(
        float(_figure(r"Requests/sec:\s+([\d.]+)", output) or 0), used / max(1, answered) * 1e6, failed
    )


def _figure(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text)
    return match[1] if match else None


def cpu_seconds(pid: int) -> float:
    """CPU time a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

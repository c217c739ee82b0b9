"""Where the API's CPU goes: a sampling profiler over the running process, its samples sorted by what they do."""

import re
import subprocess
from collections import Counter
from pathlib import Path

SAMPLES_A_SECOND = 250
# The first pattern found from the innermost frame outwards names the share.
_SHARES = (
    ("driver and PostgreSQL protocol", r"asyncpg/|sqlalchemy/|casino/kit/database"),
    ("draw and lay out the row", r"casino/games/play.py:?.*|casino/games/rules"),
    ("settle: batch, answer, metrics of the game", r"casino/games/|casino/wallet/|casino/kit/coalescer"),
    ("token check and user limits", r"casino/identity/|casino/kit/limits"),
    ("read and validate the request", r"casino/kit/http/validation|pydantic|casino/kit/idempotency"),
    ("count and time the request", r"prometheus_client|casino/kit/metrics|casino/kit/http/metering"),
    ("trace decision and spans", r"opentelemetry|casino/kit/tracing"),
    ("edge: headers, bounds, answer", r"casino/kit/http/"),
    ("FastAPI and Starlette", r"fastapi/|starlette/"),
    ("HTTP server", r"uvicorn/|httptools"),
    ("event loop", r"uvloop|asyncio/|selectors"),
)
# A thread that waits for work uses no CPU, but the sampler cannot always tell.
_IDLE = r"wait \(threading\.py"


def shares(pid: int, *, seconds: int, folder: Path) -> dict[str, float]:
    """Share of the process's CPU by what it was spent on; the shares add up to 1."""
    raw = folder / "stacks.txt"
    command = [
        "py-spy",
        "record",
        "--pid",
        str(pid),
        "--duration",
        str(seconds),
        "--rate",
        str(SAMPLES_A_SECOND),
    ]
    subprocess.run([*command, "--format", "raw", "--output", str(raw)], check=True, capture_output=True)
    counted: Counter[str] = Counter()
    for line in raw.read_text().splitlines():
        stack, _, samples = line.rpartition(" ")
        frames = stack.split(";")
        if not re.search(_IDLE, frames[-1]):
            counted[_share(frames)] += int(samples)
    total = counted.total() or 1
    return {name: samples / total for name, samples in counted.most_common()}


def _share(stack: list[str]) -> str:
    for frame in reversed(stack):
        for name, pattern in _SHARES:
            if re.search(pattern, frame):
                return name
    return "other"

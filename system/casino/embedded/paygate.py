"""The fake payment gateway as a process of the embedded system."""

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from casino.embedded.ports import LOOPBACK
from casino.embedded.process import ProcessSpec
from casino.embedded.readiness import http_ok

WEBHOOK_PATH = "/api/shop/webhook/payment"
STATE_FILE = "paygate.sqlite"


def url(port: int, key: str) -> str:
    """Its address, with the key that it takes as a bearer token in the place of a password."""
    return f"http://casino:{key}@{LOOPBACK}:{port}"


def remove_data(state_dir: Path) -> None:
    """Delete its charges."""
    for file in state_dir.glob(f"{STATE_FILE}*"):
        file.unlink()


def paygate_spec(*, state_dir: Path, port: int, public_url: str, env: Mapping[str, str]) -> ProcessSpec:
    """The gateway, its charges kept in the state directory; of the casino's `env` it is given its own keys alone."""
    state = state_dir / STATE_FILE
    own = {name: env[name] for name in ("PYTHONPATH", "PAYMENT_GATEWAY_KEY", "PAYMENT_WEBHOOK_SECRET")}
    listen = ("--host", LOOPBACK, "--port", str(port))
    return ProcessSpec(
        name="paygate",
        argv=(
            *(sys.executable, "-m", "paygate", *listen),
            *("--state", str(state), "--webhook-url", f"{public_url}{WEBHOOK_PATH}"),
        ),
        port=port,
        env=own,
        ready=partial(http_ok, f"http://{LOOPBACK}:{port}/health"),
    )

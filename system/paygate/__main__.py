"""`python -m paygate`: runs the gateway until told to stop."""

import argparse
import os

import uvicorn

from paygate.api import Options, build
from paygate.plan import Plan


def main() -> None:
    """Reads the command line; keys come from the environment, where `ps` does not show them."""
    parser = argparse.ArgumentParser(prog="python -m paygate", description=main.__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--state", default=":memory:", help="SQLite file that keeps the charges")
    parser.add_argument("--webhook-url", default="", help="where webhooks go; without it none are sent")
    parser.add_argument("--plan", default="{}", help="how it behaves, as JSON; GET /plan shows every member")
    parser.epilog = "PAYMENT_GATEWAY_KEY is what callers must send, PAYMENT_WEBHOOK_SECRET signs webhooks."
    asked = parser.parse_args()
    options = Options(
        api_key=os.environ["PAYMENT_GATEWAY_KEY"],
        state=asked.state,
        webhook_url=asked.webhook_url,
        webhook_secret=os.environ.get("PAYMENT_WEBHOOK_SECRET", ""),
        plan=Plan.model_validate_json(asked.plan),
    )
    uvicorn.run(build(options), host=asked.host, port=asked.port, log_level="warning")


if __name__ == "__main__":
    main()

"""Runs `up` as `casino up` does, with stand-ins for the application; options come as JSON."""

import json
import sys
from pathlib import Path
from typing import Any

from casino.embedded import Command, Options, up

STAND_IN = (sys.executable, str(Path(__file__).with_name("stand_in_service.py")))


def main() -> int:
    given: dict[str, Any] = json.loads(sys.argv[1])
    commands = given.get("commands", {})
    return up(
        Options(
            state_dir=Path(given["state_dir"]),
            ephemeral=given.get("ephemeral", False),
            port=given.get("port", 0),
            api=given.get("api", 2),
            monitoring=given.get("monitoring", False),
            rules=tuple(map(Path, given.get("rules", ()))),
            env=given.get("env", {}),
            commands=tuple(Command(name=name, argv=tuple(argv)) for name, argv in commands.items()),
            api_argv=STAND_IN,
            worker_argv=tuple(given.get("worker_argv", STAND_IN)),
        )
    )


if __name__ == "__main__":
    sys.exit(main())

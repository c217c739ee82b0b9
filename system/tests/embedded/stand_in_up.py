"""Runs `up` as `casino up` does, with stand-ins for the application; options come as JSON."""

import json
import sys
from pathlib import Path
from typing import Any

from casino.embedded import Command, Options, up

STAND_IN = (sys.executable, str(Path(__file__).with_name("stand_in_service.py")))


def main() -> int:
    given: dict[str, Any] = json.loads(sys.argv[1])
    commands = tuple(Command(name=name, argv=tuple(argv)) for name, argv in given.pop("commands", {}).items())
    if "state_dir" in given:
        given["state_dir"] = Path(given["state_dir"])
    given["rules"] = tuple(Path(rule) for rule in given.pop("rules", ()))
    given = {"api_argv": STAND_IN, "worker_argv": STAND_IN, "port": 0, **given}
    return up(
        Options(commands=commands, **{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})
    )


if __name__ == "__main__":
    sys.exit(main())

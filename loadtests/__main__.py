"""Chooses between the load, whose gevent must patch the standard library first, and the proofs on asyncio."""

import sys


def main() -> int:
    """Run the command named first, or the load; returns the exit code."""
    arguments = sys.argv[1:]
    if arguments and arguments[0] in ("race", "cashouts", "limited", "payments", "resume"):
        from loadtests.proofs import cli as proofs

        return proofs.main(arguments)
    from gevent import monkey

    monkey.patch_all()
    from loadtests import cli

    return cli.main(arguments)


sys.exit(main())

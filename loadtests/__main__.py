"""Chooses between the load, whose gevent must patch the standard library first, and the proofs on asyncio."""

import sys

PROOFS = ("cashouts", "claims", "dashboard", "limited", "payments", "race", "resume")


def main() -> int:
    """Run the command named first, or the load; returns the exit code."""
    arguments = sys.argv[1:]
    if arguments and arguments[0] in PROOFS:
        from loadtests.proofs import cli as proofs

        return proofs.main(arguments)
    from gevent import monkey

    monkey.patch_all()
    from loadtests import cli

    return cli.main(arguments)


sys.exit(main())

"""Makes the standard library cooperative before anything else is imported, then runs the command."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402 - gevent must patch first

from loadtests.cli import main  # noqa: E402 - gevent must patch first

sys.exit(main(sys.argv[1:]))

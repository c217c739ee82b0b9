"""What can go wrong while the embedded system starts; every message names the remedy."""

# EmbeddedError
# ├── AlreadyRunning   another supervisor holds the state directory
# ├── BinaryMissing    a program or wheel the system needs is not installed
# ├── PortTaken        the port asked for belongs to someone else
# └── StartFailed      a process or command ended, or was not ready in time


class EmbeddedError(Exception):
    """The embedded system cannot start or go on; the message is written for the person at the terminal."""


class AlreadyRunning(EmbeddedError):
    """Another supervisor holds this state directory."""


class BinaryMissing(EmbeddedError):
    """A program or wheel is not installed; the message says which package brings it."""


class PortTaken(EmbeddedError):
    """The port asked for is in use; the message names the port, its holder where known, and the remedy."""


class StartFailed(EmbeddedError):
    """A process or command ended early or was not ready in time; the message ends with its log's tail."""

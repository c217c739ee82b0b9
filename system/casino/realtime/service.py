"""What the rest of the casino may use of the hub."""

from casino.realtime.connection import Snapshot
from casino.realtime.envelope import Expander, Expanders
from casino.realtime.hub import Hub
from casino.realtime.presence import online_count

__all__ = ["Expander", "Expanders", "Hub", "Snapshot", "online_count"]

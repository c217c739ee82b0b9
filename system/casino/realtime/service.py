"""What the rest of the casino may use of the hub."""

from casino.realtime.connection import Snapshot, View
from casino.realtime.door import admit, turn_away
from casino.realtime.envelope import Announcer, Expander, Expanders
from casino.realtime.hub import Hub
from casino.realtime.presence import online_count

__all__ = [
    "Announcer",
    "Expander",
    "Expanders",
    "Hub",
    "Snapshot",
    "View",
    "admit",
    "online_count",
    "turn_away",
]

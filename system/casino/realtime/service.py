"""What the rest of the casino may use of the hub."""

from casino.realtime.connection import Snapshot, View, show_only
from casino.realtime.door import admit, turn_away
from casino.realtime.envelope import Announcer, Expander, Expanders
from casino.realtime.hub import Hub
from casino.realtime.presence import online_count, tell_presence, who_is_here

__all__ = [
    "Announcer",
    "Expander",
    "Expanders",
    "Hub",
    "Snapshot",
    "View",
    "admit",
    "online_count",
    "show_only",
    "tell_presence",
    "turn_away",
    "who_is_here",
]

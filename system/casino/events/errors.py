"""What events and missions refuse."""

from casino.kit.errors import Conflict, NotFound


class EventNotFound(NotFound):
    code, title = "event_not_found", "No such event"


class EventNotRunning(Conflict):
    """It has not begun, or it is over."""

    code, title = "event_not_running", "Event not running"


class NotJoined(NotFound):
    code, title = "event_not_joined", "Not joined"


class MissionNotFound(NotFound):
    code, title = "mission_not_found", "No such mission"


class NotCompleted(Conflict):
    """Carries ``progress`` and ``target``."""

    code, title = "not_completed", "Not completed yet"


class AlreadyClaimed(Conflict):
    code, title = "already_claimed", "Already claimed"

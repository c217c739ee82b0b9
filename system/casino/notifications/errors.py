"""What notifications refuse."""

from casino.kit.errors import Conflict, NotFound


class NotificationNotFound(NotFound):
    code, title = "notification_not_found", "No such notification"


class SendNotFound(NotFound):
    code, title = "send_not_found", "No such sending"


class SendNotPending(Conflict):
    """Carries ``state``: what became of the sending."""

    code, title = "send_not_pending", "Too late to cancel"

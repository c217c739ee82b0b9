"""Which kinds of notification there are, which of them a player may switch off, and what security notices say."""

from typing import Any, Literal, NamedTuple, get_args

Kind = Literal["ADMIN_BROADCAST", "ADMIN_NOTIFICATION", "SECURITY", "CAMPAIGN"]
State = Literal["scheduled", "sending", "sent", "cancelled"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STATES: tuple[State, ...] = get_args(State)

SETTING_OF: dict[Kind, str] = {
    "ADMIN_BROADCAST": "admin_broadcast",
    "ADMIN_NOTIFICATION": "admin_notification",
    "CAMPAIGN": "campaign",
}
"""The setting that switches a kind off. SECURITY has none: whoever took an account over must not silence it."""

TITLE_LENGTH_MAX = 120
BODY_LENGTH_MAX = 2_000
RECIPIENTS_MAX = 1_000


class Message(NamedTuple):
    """What is said. `data` is flat; its `code` lets a client say it in the reader's language."""

    kind: Kind
    title: str
    body: str
    data: dict[str, Any]


_NOTICES = {
    "REFRESH_TOKEN_REUSE": (
        "All your sessions were ended",
        "A key to your account was used a second time, which can mean that it was stolen. Log in again and change "
        "your password if that was not you.",
    ),
    "LOGIN_LOCKED": (
        "Log-in was locked for a while",
        "Somebody gave a wrong password for your account too often. Nobody got in.",
    ),
    "NEW_DEVICE": (
        "New device",
        "Your account was logged in to from a device not seen before. If that was not you, end its session.",
    ),
    "PROMOTED": (
        "Your role has changed",
        "What you may do in the casino has changed. Log in again to use it.",
    ),
}
_FOR_ADMINS = {
    "REFRESH_TOKEN_REUSE": (
        "Refresh token reused",
        "All sessions of user {user_id} were ended because a spent refresh token came back.",
    )
}


def security_notice(event: str, data: dict[str, Any]) -> Message | None:
    """What the user concerned is told of a security event; None when there is nothing to tell them."""
    notice = _NOTICES.get(event)
    return None if notice is None else Message("SECURITY", *notice, {"code": event.lower(), **data})


def admin_notice(event: str, *, user_id: int) -> Message | None:
    """What every admin is told of it; None when it is the user's own affair."""
    notice = _FOR_ADMINS.get(event)
    if notice is None:
        return None
    title, body = notice
    data = {"code": f"admin_{event.lower()}", "user_id": user_id}
    return Message("SECURITY", title, body.format(user_id=user_id), data)

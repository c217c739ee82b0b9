"""The wire shapes of notifications."""

from typing import Any

from pydantic import Field

from casino.kit.http.wire import Answered, Asked, Moment, Page
from casino.notifications.rules import Kind


class Notification(Answered):
    """One message in your inbox. `data` may hold a `code`, by which a client says it in the reader's language."""

    id: int = Field(examples=[7])
    kind: Kind
    title: str = Field(examples=["New device"])
    body: str = Field(examples=["Your account was logged in to from a device not seen before."])
    data: dict[str, Any] = Field(examples=[{"code": "new_device"}])
    read_at: Moment | None = Field(description="Null while it is unread.")
    created_at: Moment


class Inbox(Page[Notification]):
    """A page of your inbox; `unread` counts all of it."""

    unread: int = Field(examples=[2])


class Unread(Answered):
    """What you have not read: how much, and the newest of it."""

    unread: int = Field(examples=[2])
    items: list[Notification]


class AllRead(Answered):
    """How many were unread before."""

    read: int = Field(examples=[2])


class NoticeSettings(Answered):
    """What reaches you. Security notices always do."""

    admin_broadcast: bool = Field(description="News for everybody.")
    admin_notification: bool = Field(description="Messages to you from the house.")
    campaign: bool = Field(description="Offers.")


class NoticeSettingsAsked(Asked):
    """What to change; what is left out or null stays."""

    admin_broadcast: bool | None = Field(None, strict=True)
    admin_notification: bool | None = Field(None, strict=True)
    campaign: bool | None = Field(None, strict=True, examples=[False])

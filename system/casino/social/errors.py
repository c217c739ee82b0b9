"""What players among each other are refused."""

from casino.kit.errors import Unprocessable


class OwnFollower(Unprocessable):
    code, title = "cannot_follow_oneself", "One cannot follow oneself"

"""What identity tells the world: that something happened to an account which its owner should know of."""

SECURITY_NOTED = "identity.security_noted"
SECURITY_MESSAGES = 0
"""Sockets hear of it by the notice it becomes, not by itself."""

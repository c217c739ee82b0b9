"""The room where players play on schedule, time the system from when they meant to act, and check every answer."""

"""The room where players act on schedule, whatever the system does, and check every answer they get."""

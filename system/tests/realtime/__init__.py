"""The hub, against real engines, real server processes and real clients."""

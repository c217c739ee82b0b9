"""The embedded runtime: real engines and the whole casino as plain processes of one machine."""

from casino.embedded.engines import EngineUrls, start_engines
from casino.embedded.errors import EmbeddedError
from casino.embedded.runtime import down, up
from casino.embedded.topology import Command, Options

__all__ = ["Command", "EmbeddedError", "EngineUrls", "Options", "down", "start_engines", "up"]

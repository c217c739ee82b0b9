"""Casino-Club: a free-to-play casino whose every promise is measured."""

__version__ = "0.1.0"

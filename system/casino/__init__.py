"""Casino-Club: a free-to-play casino whose every promise is measured."""

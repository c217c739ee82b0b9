"""Pure decisions of the games: no I/O, no clock, no settings."""

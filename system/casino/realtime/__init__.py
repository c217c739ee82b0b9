"""Tells each player what happened, once and in order, though sockets break and processes die."""

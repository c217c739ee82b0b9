"""Journeys of a day in the casino, in a real browser against the real page."""

"""Tests of the alerts room: each guard is shown to catch the fault it guards against."""

"""The tests of the chaos room."""

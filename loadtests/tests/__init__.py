"""The tests of the load room."""

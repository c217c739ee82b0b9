"""What the home page lives on: the log of what players do, the public figures, and what browsers report."""

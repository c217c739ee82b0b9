"""Players among each other."""

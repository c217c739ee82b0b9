"""The composed runtime: the casino and all its engines as containers, and the commands that run them."""

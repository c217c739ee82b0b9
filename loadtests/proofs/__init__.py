"""Two hard cases of their own: a thousand spins racing for fifty keys, and a socket cut a hundred times."""

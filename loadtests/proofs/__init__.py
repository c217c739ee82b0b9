"""Hard cases of their own: spins racing for keys, buyers racing for pieces, a socket cut a hundred times."""

"""What players are told: an inbox with a read state, what may reach it, and the work of sending."""

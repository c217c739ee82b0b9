"""A month of the club with invented players and the real tables: what they earn, lose, keep and buy."""

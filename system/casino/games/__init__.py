"""The games: rounds drawn fairly, settled in one statement, and open to anybody's recomputation."""

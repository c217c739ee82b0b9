"""Coming back day after day: attendance, its calendar, and the reward of each day, once."""

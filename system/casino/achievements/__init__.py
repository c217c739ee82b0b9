"""What players have done over their whole time here: unlocked once, by what was settled, never by a client's word."""

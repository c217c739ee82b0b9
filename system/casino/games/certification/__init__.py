"""The certificate of the games: exact returns held against the live code, and the draws against chance."""

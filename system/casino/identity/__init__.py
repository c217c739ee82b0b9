"""Who is there: accounts, sessions, tokens, ranks and invite codes. The only room that holds personal data."""

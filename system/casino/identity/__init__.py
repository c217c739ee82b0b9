"""Who is here: accounts, sessions, tokens, ranks, invite codes. The only room with personal data."""

"""The ledger and the balances it adds up to: the only door gold moves through. It knows a user as a number."""

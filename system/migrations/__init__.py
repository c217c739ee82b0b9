"""The database's history, one head, every step up and down."""

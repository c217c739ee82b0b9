"""Generated requests: every operation, as every role, with data that fits its schema and data that does not."""

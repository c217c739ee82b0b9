"""What every context stands on: clock, ids, stores, facts, errors, HTTP conventions, telemetry. It knows no context."""

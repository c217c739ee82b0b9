"""The gate: starts the casino, has every room examine it, and judges what they found by the objectives."""

"""Makes what tests need, through the same doors the product uses."""

"""Pure decisions of the shop."""

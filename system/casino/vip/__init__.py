"""Points for what is staked, and a gift a day that grows with them."""

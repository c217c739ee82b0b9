"""HTTP conventions: one edge, one error shape, one way to page; every context's routes stand on them."""

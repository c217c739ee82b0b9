"""Hand-written questions about the conventions of the HTTP interface."""

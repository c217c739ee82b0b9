"""The proof: every alert is shown to fire on its fault, and on nothing else, on the real stack."""

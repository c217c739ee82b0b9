"""Planted faults: the stage must see each of them."""

"""What players see of each other: whom they follow, what happened there, and who leads."""

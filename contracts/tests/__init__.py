"""Wrong APIs and wrong answers that the room must catch."""

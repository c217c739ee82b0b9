"""What there is to do this week: events to join, and daily and weekly missions, moved by what was settled."""

"""A season's ladder: experience from play climbs it, each rung gives on two tracks, one free and one bought."""

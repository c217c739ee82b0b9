"""Every gift goes through here: gold and experience, once for each source and key."""

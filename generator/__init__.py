"""Floor 1: what we write."""

"""Floor 0: what an API is. Imports nothing of the floors above."""

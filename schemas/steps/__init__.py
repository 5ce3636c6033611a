"""Steps: what one gives to the next."""

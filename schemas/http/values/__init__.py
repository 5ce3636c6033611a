"""Input values: which count, what their texts mean, and the rules between them."""

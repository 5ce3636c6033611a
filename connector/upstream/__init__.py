"""Calls to vendors: where they are, whose turn it is, what they answer."""

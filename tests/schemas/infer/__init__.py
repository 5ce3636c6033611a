"""Proposals: what is found, what is left alone, and that an overlay says the same."""

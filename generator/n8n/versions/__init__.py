"""Several versions in one node, and what the next one would break."""

"""Security schemes and requirements: who signs in, and how."""

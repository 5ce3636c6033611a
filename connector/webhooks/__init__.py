"""Webhooks: what has finished is written down once, and told to every hook of its tenant that asked for it."""

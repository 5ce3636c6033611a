"""Writes a Make app: a local-development project of base, connection, modules, RPCs and webhooks."""

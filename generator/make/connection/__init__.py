"""The connection: where the service is, how a key travels, how Make finds out whether it is good."""

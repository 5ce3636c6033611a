"""Credentials: what a person fills in, how it travels, how it is tested."""

"""Addresses that may be called, and how long a call may take."""

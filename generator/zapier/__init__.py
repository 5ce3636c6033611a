"""Writes a Zapier Platform project: the app as data, beside a runtime that is the same for every service."""

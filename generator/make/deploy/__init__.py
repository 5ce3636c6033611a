"""Puts a generated app into a Make zone."""

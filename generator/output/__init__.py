"""Texts, and how they reach the disk."""

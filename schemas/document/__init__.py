"""Bytes to nodes: files and URLs of any kind, hostile until proven otherwise."""

"""Bytes to nodes: files and URLs of any kind, hostile until proven otherwise."""

MAX_DEPTH = 250
"""Levels of nesting: as deep as any reader of the data has to be ready for; real documents stay below 60."""

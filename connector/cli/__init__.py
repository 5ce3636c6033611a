"""The commands that run: each reads its options and calls the room that does the work."""

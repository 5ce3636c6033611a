"""The rules by which things are proposed, one kind of thing a module."""

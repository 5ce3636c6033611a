"""The platform-neutral words of a step."""

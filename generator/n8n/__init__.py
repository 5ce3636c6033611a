"""Writes an n8n community package from the model."""

"""Zapier's input and output fields out of the model's, and their samples."""

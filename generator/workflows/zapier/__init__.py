"""Workflows for Zapier: recipes that a person follows."""

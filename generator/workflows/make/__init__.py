"""Workflows for Make: scenario blueprints to import."""

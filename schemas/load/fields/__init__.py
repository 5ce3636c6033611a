"""Schemas to fields: what a person fills in, or what a reply holds."""

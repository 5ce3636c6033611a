"""Drivers for the real platforms (n8n, Zapier) and the tests that run against them."""

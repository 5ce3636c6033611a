"""Workflows for n8n, in two flavours: with our nodes, and with nothing but what every n8n has."""

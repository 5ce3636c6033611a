"""The JavaScript core that n8n and Zapier share, and what it is told of a service."""

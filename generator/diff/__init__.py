"""Two documents of one service, and what lies between them for people who use its connectors."""

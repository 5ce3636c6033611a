"""The node: its operations, its trigger, and what n8n's panel shows of them."""

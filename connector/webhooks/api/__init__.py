"""/hooks, /events and /deliveries: the REST API of subscriptions."""

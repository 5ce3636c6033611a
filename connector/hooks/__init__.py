"""Hooks: URLs that are told of events, and the REST API to subscribe them."""

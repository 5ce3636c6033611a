"""The gateway as its callers see it: who calls, what is answered once, and the routes."""

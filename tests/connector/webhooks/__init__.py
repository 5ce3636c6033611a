"""Tests of the fan-out: hooks, events, deliveries."""

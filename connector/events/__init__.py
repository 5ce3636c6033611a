"""Events: what has finished, written down once and told to every hook of its tenant that asked for it."""

from specloom.connector.events.record import Event, emit, record

__all__ = ["Event", "emit", "record"]

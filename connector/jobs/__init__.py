"""Work that outlasts a call: accepted durably, followed to its end, told to whoever waits."""

from specloom.connector.jobs.service import Jobs

__all__ = ["Jobs"]

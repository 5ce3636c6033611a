"""Fair shares: what a tenant may take of calls, jobs, waiting places and deliveries, and whose turn it is."""

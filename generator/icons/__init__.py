"""Icons of services: drawn by the kind of service in a colour of the key, or given by whoever owns the service."""

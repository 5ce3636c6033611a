"""Who may do what, and how much of it: keys, roles, quotas, and the trail of who changed what."""

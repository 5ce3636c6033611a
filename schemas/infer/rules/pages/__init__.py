"""Lists: where they stand in a reply, and how one gets all of their pages."""

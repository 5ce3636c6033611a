"""One gateway process: put together, and served."""

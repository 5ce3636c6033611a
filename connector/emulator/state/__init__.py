"""What the emulated vendors remember."""

"""Floor 1: what we run: the gateway and the emulator."""

"""What the emulator answers, and the files behind its links."""

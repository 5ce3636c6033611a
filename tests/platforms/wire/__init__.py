"""Wire vectors (tests/vectors/wire) in the four runtimes: what each sends, and what its step gives."""

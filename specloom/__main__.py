"""`python -m specloom`."""

from specloom.command import run

if __name__ == "__main__":
    run()

"""The files of the project around the app."""

"""The files of the local-development project around the components."""

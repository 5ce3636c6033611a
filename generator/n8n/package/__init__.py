"""The files of the npm package around the data."""

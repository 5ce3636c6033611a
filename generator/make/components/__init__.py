"""Components: the parts of an app, their names, and what Make asks of each."""

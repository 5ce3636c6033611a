"""report.json: what became of every part of a document."""

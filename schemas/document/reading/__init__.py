"""Bytes of a document as they are fetched, and YAML as the documents mean it."""

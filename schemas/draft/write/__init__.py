"""Facts to the document, and the document to text."""

from __future__ import annotations

from specloom.schemas.draft.write.document import document_of
from specloom.schemas.draft.write.yaml_text import yaml_text

__all__ = ["document_of", "yaml_text"]

"""What a person gives to sources: files, folders, pasted text, addresses; each with the reader of its kind."""

from __future__ import annotations

from specloom.schemas.draft.sources.files import Text, opened

__all__ = ["Text", "opened"]

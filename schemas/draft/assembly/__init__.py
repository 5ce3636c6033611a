"""Facts of all sources to one set: the same call told twice is one, and where two sources disagree both are cited."""

from __future__ import annotations

from specloom.schemas.draft.assembly.assemble import Assembled, assemble

__all__ = ["Assembled", "assemble"]

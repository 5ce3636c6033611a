"""Inputs on a page: in tables, in lists, in cards, in run-together lines, in sentences; and what words say of them."""

from specloom.schemas.draft.page.inputs.reading import Inputs

__all__ = ["Inputs"]

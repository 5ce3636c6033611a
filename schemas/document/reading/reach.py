"""How far a document's references may lead: which folders, and whether other servers."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct


class ReferenceScope(Struct, frozen=True):
    """Documents come from strangers: what lies beyond is not opened."""

    root: Path | None = None
    """The folder that references stay below; None: see `allows`."""
    fetch: bool = False
    """Whether a file's references to the web are followed, to public addresses only."""

    def allows(self, place: Path, document: Path) -> bool:
        return any(place.is_relative_to(root) for root in self._roots(document.parent.resolve()))

    def _roots(self, folder: Path) -> list[Path]:
        """The document's own folder; and, around it, the current folder and the root of the repository it is in."""
        if self.root is not None:
            return [self.root.resolve()]
        roots = [folder]
        current = Path.cwd().resolve()
        if folder.is_relative_to(current) and current.parent != current:
            roots.append(current)
        repository = next((one for one in (folder, *folder.parents) if (one / ".git").exists()), None)
        return [*roots, repository] if repository is not None else roots

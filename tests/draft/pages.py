"""Where the services' pages are: what copying them from a browser gives. They are no part of this repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = Path(os.environ.get("SPECLOOM_PAGES") or ROOT.parent / "shared" / "pages").resolve()
NAMES = ("aiops", "tengrai-introduction", "tuen", "tuneforge", "unbranded")
_MISSING = [f"{name}.txt" for name in NAMES if not (PAGES / f"{name}.txt").is_file()]

needs_pages = pytest.mark.skipif(bool(_MISSING), reason=f"SPECLOOM_PAGES names no folder with {', '.join(_MISSING)}")

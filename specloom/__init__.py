"""Specloom: one OpenAPI document in; n8n nodes, a Zapier app, a Make app and a normalizing gateway out.

This is the one name that the installed distribution owns. In a checkout its rooms stand at the top level, and the links
in this folder lead to them.
"""

from __future__ import annotations

from pathlib import Path

__version__ = "0.1.0"

_CHECKOUT = Path(__file__).parent.parent
if not (Path(__file__).parent / "schemas").is_dir() and (_CHECKOUT / "schemas").is_dir():
    __path__.append(str(_CHECKOUT))  # where git could make no links, as on Windows

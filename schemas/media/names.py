"""What a file is called: by what was said of it, with an extension that tells its type."""

from __future__ import annotations

import mimetypes
import re

_EXTENSION = re.compile(r"\.\w{1,8}\Z")
_USUAL = {
    "audio/mp4": ".m4a", "audio/mpeg": ".mp3", "audio/wav": ".wav", "audio/x-wav": ".wav", "image/jpeg": ".jpg",
    "model/gltf-binary": ".glb", "model/obj": ".obj", "model/stl": ".stl", "video/mp4": ".mp4",
    "video/quicktime": ".mov",
}  # fmt: skip
"""Where the standard library knows none, or one that nobody uses."""


def named(name: str, content_type: str) -> str:
    """The name; one without an extension gets that of its type."""
    return name if _EXTENSION.search(name) else name + extension_of(content_type)


def extension_of(content_type: str) -> str:
    """With its dot; '' where none is known."""
    kind = content_type.partition(";")[0].strip().lower()
    return _USUAL.get(kind) or mimetypes.guess_extension(kind) or ""


def readable(name: str) -> str:
    """A header's text as it was meant: headers come byte by byte, and names are mostly UTF-8."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name

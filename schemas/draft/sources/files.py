"""Reading what was named on the command line, with a limit to everything. The network is used for addresses only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from msgspec import Struct

from specloom.schemas.document.reading.fetch import is_url, shown
from specloom.schemas.problems import Location, SpecloomError

MAX_BYTES = 20 * 1024 * 1024
"""Of one source."""
MAX_TOTAL = 60 * 1024 * 1024
MAX_FILES = 500
MAX_LINE = 400_000
SUFFIXES = frozenset(
    ".txt .md .mdx .markdown .html .htm .json .har .bru .yaml .yml .http .rest .curl .sh .js .ts .py".split()
)
"""Files of a folder that are sources; others are passed over."""
_SKIPPED = frozenset({"node_modules", "__pycache__", "dist", "build"})


class Text(Struct, frozen=True):
    """One source: what it is cited as, and its text with `\\n` ends."""

    name: str
    text: str


def opened(sources: list[str], pasted: str | None = None) -> list[Text]:
    """Every text that the sources hold. `pasted` is what `-` stands for; None: standard input. Raises SpecloomError."""
    found: list[Text] = []
    total = 0
    for source in sources:
        for name, data in _bytes(source, pasted):
            total += len(data)
            if total > MAX_TOTAL or len(found) >= MAX_FILES:
                raise SpecloomError(
                    f"more than {MAX_TOTAL // 1024 // 1024} MB or {MAX_FILES} files of sources", hint="give fewer"
                )
            found.append(Text(name, decoded(data, name)))
    if not found:
        raise SpecloomError(
            "no source", hint=f"give a page, or a folder with files that end in {', '.join(sorted(SUFFIXES)[:6])}, …"
        )
    return found


def _bytes(source: str, pasted: str | None) -> Iterator[tuple[str, bytes]]:
    if source == "-":
        yield "pasted", pasted.encode() if pasted is not None else sys.stdin.buffer.read(MAX_BYTES + 1)
    elif is_url(source):
        yield _page_name(source), _fetched(source)
    elif Path(source).is_dir():
        root = Path(source)
        for path in sorted(root.rglob("*")):
            parts = path.relative_to(root).parts
            hidden = any(part.startswith(".") or part in _SKIPPED for part in parts)
            if (
                path.suffix.lower() in SUFFIXES
                and not hidden
                and path.is_file()
                and path.resolve().is_relative_to(root.resolve())
            ):
                yield "/".join(parts), _read(path)
    else:
        yield Path(source).name, _read(Path(source))


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            problem = "it does not exist" if not path.exists() else "no file"
            raise SpecloomError(
                f"cannot be read: {problem}", hint="give a file, a folder, a URL or -", location=Location(str(path))
            )
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SpecloomError(f"cannot be read: {error.strerror or error}", location=Location(str(path))) from None
    except ValueError:
        raise SpecloomError(
            "no file's name", hint="give a file, a folder, a URL or -", location=Location(repr(str(path)))
        ) from None


def _fetched(url: str) -> bytes:
    from specloom.schemas.document.reading.fetch import fetch_page

    return fetch_page(url)


def _page_name(url: str) -> str:
    """The last part of an address, as the page's name in citations."""
    parts = urlsplit(shown(url))
    name = PurePosixPath(parts.path).name
    return name or parts.hostname or "page"


def decoded(data: bytes, name: str) -> str:
    """UTF-8, UTF-16 with its mark, else Windows-1252. Refuses what is no text, in one line."""
    if len(data) > MAX_BYTES:
        raise SpecloomError(
            f"larger than {MAX_BYTES // 1024 // 1024} MB", hint="give a part of it", location=Location(name)
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
    if text.count("\0") > len(text) // 100 or data.startswith((b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\x1f\x8b")):
        raise SpecloomError("no text", hint="save the page as text, Markdown or HTML", location=Location(name))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return "\n".join(line[:MAX_LINE] for line in text.split("\n")) if len(text) > MAX_LINE else text

"""What a media type says of the bytes it labels. The twin is generator/runtime/src/replies.ts."""

from __future__ import annotations

import re
from typing import Literal

from specloom.schemas.memo import cached

MediaKind = Literal["json", "lines", "events", "form", "text", "file"]
"""`lines`: a JSON value a line. `events`: server-sent ones."""

_KINDS: tuple[tuple[MediaKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.ASCII))  # type: ignore[misc]
    for kind, pattern in (
        (
            "lines",
            r"(application|text)/(x-)?(ndjson|jsonl|jsonlines|json-lines|json-seq|ldjson)\Z"
            r"|application/(stream\+json|x-json-stream)\Z",
        ),
        ("json", r"[^/]+/(x-)?json\Z|.*\+json\Z"),
        ("events", r"text/event-stream\Z"),
        ("form", r"application/x-www-form-urlencoded\Z"),
        ("file", r"(image|audio|video|font|model)/"),
        (
            "text",
            r"text/|.*[/+](x-)?(xml|yaml|javascript|ecmascript|graphql|sql|toml|sh|typescript|tex|rtf)\Z"
            r"|application/(xml|soap)",
        ),
        ("file", r"[\w!#$&^.+-]+/[\w!#$&^.+-]+\Z"),
    )
)


@cached(1024)
def media_kind(content_type: str) -> MediaKind | None:
    """None where it says nothing: where there is none, for a range, and for what is no media type."""
    essence = content_type.partition(";")[0].strip().lower()
    return next((kind for kind, pattern in _KINDS if pattern.match(essence)), None)


def is_xml(media_type: str) -> bool:
    return re.match(r"[^;]*[/+]xml\s*(;|\Z)", media_type, re.IGNORECASE) is not None


def is_file(binary: bool, status: int, content_type: str) -> bool:
    """Whether a good reply is a file: by its own type, and where that says nothing by what the document promises
    (`binary`)."""
    if not 200 <= status <= 299 or status in (204, 205):
        return False
    kind = media_kind(content_type)
    return kind != "json" if binary else kind == "file"

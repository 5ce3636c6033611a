"""What the columns of a table hold, told by their heads."""

from __future__ import annotations

import re
from typing import Literal

Column = Literal[
    "name", "place", "type", "required", "default", "description", "status", "value", "example", "limits", "plan"
]
_COLUMNS: tuple[tuple[Column, str], ...] = (
    (
        "name",
        (
            r"(?:param(?:eter)?s?|fields?|name|key|attributes?|property|properties|arguments?|args?|va"
            r"riables?|options?|headers?|header name|(?:query |body |path )?param(?:eter)?(?: name)?|f"
            r"ield name)"
        ),
    ),
    ("place", r"(?:in|location|where|position|passed in|param(?:eter)? type|located in|source|in/path)"),
    ("type", r"(?:type|data ?type|schema|format|value type|json type)"),
    ("required", r"(?:required\??|req\.?|mandatory|optional\??|presence|necessity|required/optional)"),
    ("default", r"(?:defaults?|default values?)"),
    (
        "description",
        (
            r"(?:descriptions?|details?|notes?|meaning|explanation|purpose|comments?|info|what it (?:d"
            r"oes|is)|about|usage)"
        ),
    ),
    (
        "status",
        (
            r"(?:(?:http |status |error |response )?(?:status )?codes?|status(?: code)?|http(?: status"
            r")?|http code)"
        ),
    ),
    ("value", r"(?:values?|possible values|allowed values|options|accepted values|choices|enum)"),
    (
        "limits",
        (
            r"(?:constraints?|limits?|range|restrictions?|validation|(?:rate )?limits?.*|requests?.*|c"
            r"alls?.*|quota.*|allowance)"
        ),
    ),
    ("example", r"(?:examples?|samples?|example value)"),
    ("plan", r"(?:plans?|tiers?|subscription|account type|package)"),
)
_COMPILED = tuple((column, re.compile(rf"{pattern}\Z", re.I)) for column, pattern in _COLUMNS)


def columns(header: tuple[str, ...]) -> list[Column | None]:
    """What each column holds; a kind stands once, but for the first."""
    found: list[Column | None] = []
    for cell in header:
        shown = re.sub(r"[`*]", "", cell).strip(" :")
        kind = next((column for column, pattern in _COMPILED if pattern.match(shown) and column not in found), None)
        found.append(kind)
    lowered = [cell.strip().lower() for cell in header]
    if "type" in lowered and "data type" in lowered:
        # A column of `required` and `optional` beside the one of types.
        found[lowered.index("type")], found[lowered.index("data type")] = "required", "type"
    return found

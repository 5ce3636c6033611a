"""When to try again, however a service says it: seconds, an HTTP date, a time stamp, or words; and times as we write
them."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from functools import partial
from typing import Any

_UNIT = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = partial(
    re.compile, r"(\d{1,6}(?:\.\d{1,3})?)\s{0,3}(d|h|m|s)(?:ays?|ours?|rs?|in(?:ute)?s?|ec(?:ond)?s?)?(?![a-z])", re.I
)
_NUMBER = partial(re.compile, r"\s*\d{1,15}(\.\d{1,9})?\s*\Z")
_DATES_FROM = 1_000_000_000
"""A bare number this large is a unix time, not a wait."""


def seconds_until(value: Any, now: float | None) -> float | None:
    """Seconds from `now` (unix seconds; None: dates cannot be read) until the moment `value` names; never negative.
    None where it names none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and _NUMBER().match(value):
        value = float(value)
    if isinstance(value, (int, float)):
        if not math.isfinite(value) or value < 0:
            return None
        if value < _DATES_FROM:
            return float(value)
        return None if now is None else max(0.0, (value / 1000 if value > 100 * _DATES_FROM else value) - now)
    if not isinstance(value, str):
        return None
    moment = _moment(value[:200])
    if moment is not None:
        return None if now is None else max(0.0, moment - now)
    return _in_words(value[:1000])


def _moment(text: str) -> float | None:
    from email.utils import parsedate_to_datetime  # costly to import, and few builds read a date

    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _in_words(text: str) -> float | None:
    """The first run of durations: 'Resets in ~3h' is 10800, 'in 1h 30m' 5400."""
    total: float | None = None
    end = -1
    for match in _DURATION().finditer(text):
        if total is not None and text[end : match.start()].strip(" ,and") != "":
            break
        total = (total or 0) + float(match.group(1)) * _UNIT[match.group(2).lower()]
        end = match.end()
    return total


_LAST_SECOND = 253402300799
"""Of the year 9999."""


def shown_date(value: Any, format: str) -> Any:
    """A default in Unix seconds as the date that a form shows; anything else as it is."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return iso(value) if format == "unix-time" and is_number and 0 <= value <= _LAST_SECOND else value


def iso(seconds: float | None) -> str | None:
    """Unix seconds as 2026-01-31T12:00:00.123Z."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

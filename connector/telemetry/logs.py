"""One line a request and one for whatever else is worth it: JSON for machines, text for a terminal. Never secrets:
no query, no header, no body, and tokens in paths are left out."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
import traceback
from typing import Any

log = logging.getLogger("specloom")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


class Lines(logging.Formatter):
    """Format `json` or `text`. Extra fields are given as `extra={"fields": {…}}`."""

    def __init__(self, style: str) -> None:
        super().__init__()
        self._json = style == "json"

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0]:
            fields = {**fields, "exception": _frames(record.exc_info)}
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
        if self._json:
            line = {"time": now, "level": record.levelname.lower(), "message": record.getMessage(), **fields}
            return json.dumps(line, separators=(",", ":"), default=str)
        told = " ".join(f"{name}={_quoted(value)}" for name, value in fields.items() if value not in ("", None))
        return f"{now[11:19]} {record.levelname.lower():<7} {record.getMessage()} {told}".rstrip()

    def line(self, message: str, fields: dict[str, Any]) -> str:
        """Of an answered request or a delivery; written so often that it goes past logging's records."""
        now = time.time()
        told = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"
        if self._json:
            return _ENCODE({"time": told, "level": "info", "message": message, **fields})
        words = " ".join(f"{name}={_quoted(value)}" for name, value in fields.items() if value not in ("", None))
        return f"{told[11:19]} info    {message} {words}"


_ENCODE = json.JSONEncoder(separators=(",", ":")).encode


def answered(fields: dict[str, Any], message: str = "request") -> None:
    """Log one request (or delivery), wherever `configure` said; through logging itself where nobody did."""
    if not log.isEnabledFor(logging.INFO):
        return
    handler = log.handlers[0] if log.handlers else None
    if isinstance(handler, logging.StreamHandler) and isinstance(handler.formatter, Lines):
        handler.stream.write(handler.formatter.line(message, fields) + "\n")
    else:
        log.info(message, extra={"fields": fields})


def _quoted(value: Any) -> str:
    text = str(value)
    return json.dumps(text) if re.search(r'[\s"\x00-\x1f]', text) else text


def _frames(info: Any) -> str:
    """Type and places, without the values: messages of libraries quote URLs and bodies."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(info[2])[-8:]]
    return f"{info[0].__name__} at " + " < ".join(reversed(places))


def configure(style: str, level: int = logging.INFO) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(style))
    log.handlers[:] = [handler]
    log.setLevel(level)
    log.propagate = False


def request_id(given: str | None) -> str:
    """The caller's own, if it is harmless to print."""
    return given if given and _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)

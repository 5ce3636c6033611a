"""What a module that fails raises: Make's own error types, with the message the user would read."""

from __future__ import annotations

TYPES = frozenset(
    "RuntimeError DataError RateLimitError OutOfSpaceError ConnectionError InvalidConfigurationError "
    "InvalidAccessTokenError IncompleteDataError DuplicateDataError".split()
)


class MakeError(Exception):
    """`str()` is the message, `type` one of Make's error types, `status` the HTTP status or 0."""

    def __init__(self, message: str, type: str = "RuntimeError", status: int = 0) -> None:
        super().__init__(message)
        if type not in TYPES:
            raise ValueError(f"{type!r} is no error type of Make")
        self.type, self.status = type, status


class FormError(MakeError):
    """Make would not run the module: an input is missing or does not fit."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "DataError")

"""One change that people who use the connectors may notice."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Effect = Literal["breaking", "safe"]


class Change(Struct, frozen=True):
    """`code` is stable. `subject` is the operationId, `trigger:<event>` or '' for the service."""

    effect: Effect
    code: str
    subject: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.subject}: " if self.subject else ""
        text = f"{self.effect}: {place}{self.message}"
        return f"{text} - {self.hint}" if self.hint else text

    def as_dict(self) -> dict[str, str]:
        return {
            "effect": self.effect,
            "code": self.code,
            "subject": self.subject,
            "message": self.message,
            "hint": self.hint,
        }

"""How sure a guess is: what speaks for and against it, added up."""

from __future__ import annotations

import math


class Evidence:
    """Weights are log-odds: 0 is even, 2.2 is 90 %, and what is independent simply adds up. They are set so that on the
    labelled documents (tests/schemas/infer) 99 of 100 guesses above `CERTAIN` are right."""

    def __init__(self, weight: float) -> None:
        self.weight = weight
        self.reasons: list[str] = []

    def add(self, weight: float, reason: str, if_: object = True) -> None:
        """`reason` is told where it speaks for the guess."""
        if if_:
            self.weight += weight
            if weight > 0:
                self.reasons.append(reason)

    @property
    def confidence(self) -> float:
        return round(1 / (1 + math.exp(-self.weight)), 2)

    @property
    def reason(self) -> str:
        return "; ".join(self.reasons)

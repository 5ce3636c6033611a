"""The platforms we write for. Adding one is a folder and a line in EMITTERS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Literal

from msgspec import Struct

from specloom.schemas.model import Auth, Operation, Service
from specloom.schemas.problems import Problem

EMITTERS: Mapping[str, str] = {
    "n8n": "specloom.generator.n8n.emit",
    "zapier": "specloom.generator.zapier.emit",
    "make": "specloom.generator.make.emit",
}
"""Platform to the module that holds its `emit` and `SUPPORTS`; imported only when it is asked for."""


GatewayFields = Literal["auto", "always", "never"]


class EmitOptions(Struct, frozen=True, kw_only=True):
    version: str = "0.1.0"
    """Version of the written package."""
    icon: bytes = b""
    """An icon as SVG; empty: one is drawn."""
    gateway: GatewayFields = "auto"
    """Whether connections ask for a gateway: by itself only where a step may outlast the platform's time. Where none
    is asked for, such a step is left out, unless its result can be read later."""
    deletes: bool = False
    """Whether steps that delete are shown where the platform's reviewers want them hidden at first."""
    earlier: tuple[Service, ...] = ()
    """The service as former documents had it, oldest first. A platform that has several versions of a step side by
    side keeps for people's workflows what they hold."""


class Placement(Struct, frozen=True, kw_only=True):
    """What became of one operation or trigger on one platform."""

    source: str
    """operationId, or `trigger:<event>`."""
    kind: Literal["action", "search", "trigger", "credential test", "options", "left out"]
    name: str = ""
    """Its key on the platform ('image:generateImage', 'createImage', …)."""
    reason: str = ""
    """Why it was left out."""
    inputs: Mapping[str, str] = {}
    """Of an action or search: Field.name of each input that is asked for, to its key on the platform."""


class ReviewPoint(Struct, frozen=True, kw_only=True):
    """One rule by which a platform reviews what is published on it."""

    rule: str
    page: str
    """Where the rule stands."""
    met: bool = False
    """By what is written; else it is for a person to do."""


class Emission(Struct, frozen=True, kw_only=True):
    """Everything one platform gets from one service. Paths are relative, with forward slashes."""

    files: Mapping[str, bytes]
    problems: tuple[Problem, ...] = ()
    written: tuple[Placement, ...] = ()
    review: tuple[ReviewPoint, ...] = ()


Emit = Callable[[Service, EmitOptions], Emission]


def unsigned(operation: Operation, connection: Auth) -> str:
    """Why a connection cannot make the call; '' where it can."""
    if connection.kind == "none" or operation.signed_by(connection.ids) is not None:
        return ""
    wanted = " or ".join(" and ".join(entry) for entry in operation.security or () if entry)
    return f"it needs {wanted}, and the connection has {' and '.join(connection.ids)}"


def emitter(platform: str) -> Emit:
    emit: Emit = import_module(EMITTERS[platform]).emit
    return emit

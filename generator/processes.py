"""Emits for several platforms at once, each in a process of its own where that is possible and worth it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.output.staging import Staged, StagingArea, stage
from specloom.generator.platforms import Emission, EmitOptions, emitter
from specloom.schemas.model import Service
from specloom.schemas.problems import SpecloomError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

WORTH_IT = 100
"""Operations from which on a process gains more than its start costs (20 ms)."""


class Emitted(Struct, frozen=True):
    """What one platform gets."""

    emission: Emission
    """Without the files."""
    staged: Staged


def emit_all(
    service: Service, options: EmitOptions, places: Mapping[str, StagingArea]
) -> Iterator[tuple[str, Emitted]]:
    """Each platform with its result, its files in its place. Raises OSError."""
    if len(places) > 1 and len(service.operations) >= WORTH_IT and _can_fork():
        yield from _side_by_side(service, options, places)
        return
    for platform, place in places.items():
        yield platform, _emit(service, options, platform, place)


def _emit(service: Service, options: EmitOptions, platform: str, place: StagingArea) -> Emitted:
    emission = emitter(platform)(service, options)
    return Emitted(replace(emission, files={}), stage(place, emission.files))


def _can_fork() -> bool:
    """Elsewhere than on Linux a fork is unsafe or unknown, and a fresh process would have to load all again."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


def _side_by_side(
    service: Service, options: EmitOptions, places: Mapping[str, StagingArea]
) -> Iterator[tuple[str, Emitted]]:
    import multiprocessing  # most documents do without

    fork = multiprocessing.get_context("fork")
    with ExitStack() as stack:
        results: dict[str, Connection] = {}
        for platform, place in places.items():
            receive, send = fork.Pipe(duplex=False)
            process = fork.Process(target=_child, args=(send, service, options, platform, place), daemon=True)
            process.start()
            send.close()
            stack.callback(process.join)
            stack.callback(process.terminate)
            results[platform] = receive
        for platform, receive in results.items():
            yield platform, _received(receive, platform)


def _child(send: Connection, service: Service, options: EmitOptions, platform: str, place: StagingArea) -> None:
    try:
        emitted = _emit(service, options, platform, place)
        send.send((emitted.emission, emitted.staged))
    except Exception as error:
        import traceback  # most builds do without

        error.add_note(traceback.format_exc())  # it would be lost on the way
        send.send(error)
    os._exit(0)  # what it holds need not be taken apart


def _received(receive: Connection, platform: str) -> Emitted:
    try:
        result = receive.recv()
    except EOFError:
        hint = "perhaps memory ran out: choose with --tag or --operation, or use --split"
        raise SpecloomError(f"the process that wrote for {platform} was ended from outside", hint=hint) from None
    if isinstance(result, Exception):
        raise result
    emission, staged = result
    return Emitted(emission, staged)

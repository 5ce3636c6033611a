"""Which store the environment chooses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from specloom.connector.storage.folder import FolderStore
from specloom.connector.storage.model import FileStore, StoreError, StoreRefused
from specloom.connector.telemetry.logs import log
from specloom.schemas.problems import SpecloomError

FILE_STORE = "SPECLOOM_FILE_STORE"
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([\w./-]*))?", re.ASCII)


def store_of(environ: Mapping[str, str], data: Path) -> FileStore:
    """The folder `files` in `data`, or the bucket that SPECLOOM_FILE_STORE names (s3://bucket/prefix). Raises
    SpecloomError."""
    wanted = environ.get(FILE_STORE, "").strip()
    if not wanted:
        return FolderStore(data / "files")
    found = _BUCKET.fullmatch(wanted)
    if found is None:
        raise SpecloomError(f"{FILE_STORE} is {wanted[:80]!r}", hint="s3://bucket or s3://bucket/prefix")
    try:
        from specloom.connector.storage.s3 import S3Store
    except ModuleNotFoundError as error:
        raise SpecloomError(f"no client for {FILE_STORE}", hint="pip install 'specloom[s3]'") from error
    prefix = (found[2] or "").strip("/")
    return S3Store(found[1], f"{prefix}/" if prefix else "")


def check_store(store: FileStore) -> None:
    """At the start. Raises SpecloomError where nothing could be kept, for a reason that does not pass by itself."""
    try:
        store.reach()
    except StoreRefused as error:
        hint = "see AWS_REGION, AWS_ENDPOINT_URL_S3 and the key"
        raise SpecloomError(f"{FILE_STORE}: {error}", hint=hint) from error
    except StoreError as error:
        log.warning("%s: %s; files cannot be kept until it can", FILE_STORE, error)

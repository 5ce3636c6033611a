"""What must not lie about in the clear: encryption at rest, and keyed hashes for names, links and tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from specloom.schemas.problems import Location, SpecloomError

SHORTEST = 32
"""Characters of a secret key; fewer can be guessed."""


class Vault:
    """`secret_key` holds one key, or several with commas between: the first encrypts, all decrypt."""

    def __init__(self, secret_key: str) -> None:
        self._keys = [part.strip() for part in secret_key.split(",") if part.strip()]
        if not self._keys or any(len(key) < SHORTEST for key in self._keys):
            hint = "python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            raise SpecloomError(f"SPECLOOM_SECRET_KEY needs at least {SHORTEST} characters", hint=hint)
        derived = [base64.urlsafe_b64encode(_derived(key, "encryption")) for key in self._keys]
        self._newest = Fernet(derived[0])
        self._fernet = MultiFernet([Fernet(key) for key in derived])

    @property
    def has_older_keys(self) -> bool:
        return len(self._keys) > 1

    def is_current(self, text: str) -> bool:
        """Whether it was sealed with the first key."""
        try:
            self._newest.decrypt(text.encode())
        except InvalidToken:
            return False
        return True

    def seal(self, value: Any) -> str:
        """JSON value to encrypted text."""
        return self._fernet.encrypt(json.dumps(value, separators=(",", ":")).encode()).decode()

    def unseal(self, text: str) -> Any:
        """The value again. Raises SpecloomError when it was sealed with another key."""
        try:
            return json.loads(self._fernet.decrypt(text.encode()))
        except InvalidToken:
            hint = "to change it, put the new key before the one there was: NEW,OLD"
            raise SpecloomError("the ledger was written with another SPECLOOM_SECRET_KEY", hint=hint) from None

    def digest(self, purpose: str, *parts: str) -> str:
        """Keyed hash of `parts`, 64 hex characters; never the same for two purposes."""
        return self.digests(purpose, *parts)[0]

    def matches(self, given: str, purpose: str, *parts: str) -> bool:
        """Whether `given` is the digest under any of the keys, in constant time."""
        ours = self.digests(purpose, *parts)
        return any([hmac.compare_digest(digest.encode(), given.encode()) for digest in ours])

    def digests(self, purpose: str, *parts: str) -> list[str]:
        """The digest under each of the keys, the newest first."""
        message = b"".join(len(raw).to_bytes(8, "big") + raw for raw in (part.encode() for part in parts))
        return [hmac.digest(_derived(key, purpose), message, "sha256").hex() for key in self._keys]


@lru_cache(maxsize=64)
def _derived(key: str, purpose: str) -> bytes:
    return hmac.digest(key.encode(), f"specloom {purpose}".encode(), "sha256")


def token_hash(token: str) -> str:
    """What is kept of an unguessable token."""
    return hashlib.sha256(token.encode()).hexdigest()


def secret_key_of(file: Path) -> str:
    """The key kept in `file`, made at first use, readable by its owner only. Raises SpecloomError."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(file)
        key = file.read_text("utf-8").strip()
    except OSError as error:
        hint = "set SPECLOOM_SECRET_KEY, or make the folder writable"
        raise SpecloomError(f"no secret key: {error.strerror}", hint=hint, location=Location(str(file))) from error
    if not key:
        raise SpecloomError("the secret key file is empty", hint="delete it", location=Location(str(file)))
    return key


def _create(file: Path) -> None:
    """Written beside and linked into place: of two processes that start at once, one wins and both read the same."""
    if file.exists():
        return
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(secrets.token_urlsafe(48) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()

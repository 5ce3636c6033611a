"""Keys, tokens and cookies in sources: found, and never handed on. Placeholders are no secrets."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable

from specloom.schemas.draft.facts import Json

REDACTED = "REDACTED"
_PLACEHOLDER = re.compile(
    r"(?i)x{4,}|\*{3,}|\.{3}|…|your|my[-_]|example|sample|placeholder|<[^>]*>|\{\{?[^}]*\}?\}|\$\{?\w|\[[^\]]*\]|_here|"
    r"api[-_]?key\b|access[-_]?token\b|^(?:token|key|secret|password|string|value|changeme|test|demo|abc|123)+$|"
    r"^[A-Z][A-Z_]*[A-Z]$|redacted|insert|replace"
)
_KNOWN = re.compile(
    r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)[-_][A-Za-z0-9_\-]{8,}|\bsk-[A-Za-z0-9_\-]{20,}|\bgh[pousr]_[A-Za-z0-9]{20,}|"
    r"\bgithub_pat_\w{20,}|\bxox[abpr]-[A-Za-z0-9\-]{10,}|\bAKIA[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_\-]{35}|"
    r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*)?|\bSG\.[\w\-]{16,}\.[\w\-]{16,}|\bglpat-[\w\-]{16,}|"
    r"\bwhsec_[A-Za-z0-9+/=]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*KEY-----|\Z)"
)
_LABELLED = re.compile(
    r"(?i)(\bauthorization[\"']?\s*[:=]\s*[\"']?(?:bearer|basic|token|key|apikey)\s+|\bbearer\s+|"
    r"\b(?:set-)?cookie[\"']?\s*:\s*[\"']?|"
    r"\b[\w\-]{0,40}(?:api[-_]?key|access[-_]?token|auth[-_]?token|client[-_]?secret|secret|password|passwd|token|"
    r"session(?:[-_]?id)?)[\"']?\s*[:=]\s*[\"']?)([^\s\"'<>&,;]{6,})"
)
_URL_USER = re.compile(r"(?i)\b([a-z][a-z0-9+.\-]{0,20}://)[^/\s:@\"']+:[^/\s@\"']+@")
SECRET_NAME = re.compile(
    r"(?i)(?:^|[_\-.])(?:authorization|api[_-]?key|apikey|(?:access|auth|refresh|id|session|csrf|xsrf)[_-]?token|token|"
    r"secret|password|passwd|pwd|cookie|session(?:[_-]?id)?|credentials?|signature|private[_-]?key|client[_-]?secret)s?$"
)
"""Names of headers, parameters and properties whose values are not shown."""


def is_placeholder(text: str) -> bool:
    """Whether it plainly stands for a key (`tf_your_api_key`, `sk_xxxxxxxx`) and is none."""
    return bool(_PLACEHOLDER.search(text)) and not _is_known(text)


def _is_known(text: str) -> bool:
    found = _KNOWN.search(text)
    return found is not None and _entropy(found[0]) > 3.2 and not re.search(r"(?i)x{4,}|\*{3,}|your|example", found[0])


def _is_key(value: str) -> bool:
    """Whether a value that is labelled as a key looks like one: no placeholder, digits in it, no word."""
    return not is_placeholder(value) and bool(re.search(r"\d", value)) and _entropy(value) >= 2.5


def _entropy(text: str) -> float:
    """Bits a letter."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values()) if text else 0.0


def placeholder_prefix(text: str) -> str:
    """`aiops_sk_` of `aiops_sk_xxxxxxxx`, `tf_` of `tf_your_api_key`; '' where the placeholder has none."""
    match = re.match(
        r"([A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+){0,3}?[-_])(?:x{4,}|X{4,}|\*{3,}|\.{3}|…|your|YOUR)", text
    )
    if not match or re.match(r"(?i)(?:your|my|api|the)[-_]", match[1]):
        return ""
    return match[1]


class Redactor:
    """Takes out what the sources use as a key, wherever it is repeated, and what looks like one."""

    def __init__(self) -> None:
        self._secrets: dict[str, None] = {}

    def learn(self, values: Iterable[str]) -> None:
        for value in values:
            value = value.strip()
            if len(value) >= 6 and not is_placeholder(value):
                self._secrets[value] = None

    def scan(self, text: str) -> None:
        """Learns every key of a source, so that it is taken out wherever else it stands."""
        self.learn(found[2] for found in _LABELLED.finditer(text) if _is_key(found[2]))
        self.learn(found[0] for found in _KNOWN.finditer(text) if _is_known(found[0]))

    def text(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, REDACTED)
        text = _URL_USER.sub(rf"\1{REDACTED}@", text)
        text = _LABELLED.sub(self._labelled, text)
        return _KNOWN.sub(lambda found: REDACTED if _is_known(found[0]) else found[0], text)

    @staticmethod
    def _labelled(found: re.Match[str]) -> str:
        return found[1] + REDACTED if _is_key(found[2]) else found[0]

    def json(self, value: Json, name: str = "") -> Json:
        if isinstance(value, dict):
            return {self.text(key): self.json(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.json(inner, name) for inner in value]
        if isinstance(value, str):
            hidden = SECRET_NAME.search(name) and len(value) >= 6 and not is_placeholder(value)
            return REDACTED if hidden else self.text(value)
        return value

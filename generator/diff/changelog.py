"""The version to publish after a change of the document, and the text that tells of it."""

from __future__ import annotations

import re

from specloom.generator.diff.change import Change
from specloom.generator.diff.compare import Diff


def next_version(found: Diff) -> str:
    """The version to publish: major when something breaks, minor when something is new."""
    match = re.match(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?", found.old.version)
    major, minor, patch = (int(part or 0) for part in match.groups()) if match else (0, 1, 0)
    if found.breaks:
        return f"{major + 1}.0.0" if major else f"0.{minor + 1}.0"
    if any(change.code.endswith("added") for change in found.changes):
        return f"{major}.{minor + 1}.0" if major else f"0.{minor}.{patch + 1}"
    return f"{major}.{minor}.{patch + 1}" if found.changes else f"{major}.{minor}.{patch}"


def _heading(change: Change) -> str:
    if change.effect == "breaking":
        return "Breaking"
    return "Added" if change.code.endswith("added") else "Changed"


def changelog(found: Diff) -> str:
    """Markdown for the packages' CHANGELOG; strangers' texts stand in it as code."""
    lines = [f"## {next_version(found)}", ""]
    for heading in ("Breaking", "Added", "Changed"):
        entries = [change for change in found.changes if _heading(change) == heading]
        if entries:
            lines += [f"### {heading}", "", *(f"- {_entry(change)}" for change in entries), ""]
    if not found.changes:
        lines += ["Nothing changes for people who use the connectors.", ""]
    return "\n".join(lines)


def _entry(change: Change) -> str:
    subject = change.subject.replace("`", "'")
    message = re.sub(r"([\\`*_\[\]<>{}|#])", r"\\\1", " ".join(change.message.split()))
    return f"`{subject}`: {message}" if subject else message

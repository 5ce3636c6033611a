"""operationIds, summaries and the service's key, from what the sources call things."""

from __future__ import annotations

import re

from specloom.schemas.draft.facts import Operation

VERBS = {
    "GET": "get",
    "POST": "create",
    "PUT": "replace",
    "PATCH": "update",
    "DELETE": "delete",
    "HEAD": "head",
    "OPTIONS": "options",
}
_EMPTY_SEGMENT = re.compile(r"(?i)v\d[\w.]*|api|rest|public|services?")
_CUT = re.compile(r"\A(.*\w)\s+(?:using|with|via|through|from|for|by|so that|such as|including|which|that)\b.*\Z", re.I)
MAX_SUMMARY = 64
_READ = 1000
"""Characters of a description that its summary is looked for in."""


def summary_of(operation: Operation) -> str:
    """The source's own title, else the beginning of its first sentence; '' where it has no words."""
    if operation.summary:
        return _one_line(operation.summary)[:120].strip(" .:")
    titles = [request.title for request in operation.requests if request.title]
    if titles and not operation.description:
        return _one_line(titles[0])[:120].strip(" .:")
    sentence = re.split(r"(?<=[a-z)0-9])[.!?](?:\s|\Z)", _one_line(operation.description[:_READ]))[0]
    while len(sentence) > MAX_SUMMARY and (cut := _CUT.sub(r"\1", sentence)) != sentence and len(cut) > 8:
        sentence = cut
    return sentence.strip(" .:") if len(sentence) <= 120 else ""


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[`*]", "", text)).strip()


def operation_id(operation: Operation, taken: set[str]) -> str:
    """Camel case, unique: of a short title, else of the method and the path."""
    words = re.findall(r"[A-Za-z0-9]+", summary_of(operation))
    if not 1 < len(words) <= 6 or not re.match(r"[A-Za-z]{2,}", words[0]):
        words = _path_words(operation)
    made = _camel(words) or "call"
    if made in taken:
        made = _camel([*_path_words(operation), *(["by"] if "{" in operation.path else [])])
    base, count = made, 2
    while made in taken:
        made = f"{base}{count}"
        count += 1
    taken.add(made)
    return made


def _path_words(operation: Operation) -> list[str]:
    segments = [part for part in operation.path.split("/") if part and not _EMPTY_SEGMENT.fullmatch(part)]
    plain = [part for part in segments if "{" not in part]
    named = plain[-2:] or [re.sub(r"[{}]", "", part) for part in segments[-1:]] or ["root"]
    one = operation.path.rstrip("/").endswith("}")
    verb = (
        "list"
        if operation.method == "GET" and not one and named[-1].endswith("s")
        else VERBS.get(operation.method, "call")
    )
    words = [word for part in named for word in re.findall(r"[A-Za-z]+|\d+", re.sub(r"([a-z])([A-Z])", r"\1 \2", part))]
    return [verb, *words]


def _camel(words: list[str]) -> str:
    plain = [re.sub(r"[^A-Za-z0-9]", "", word) for word in words]
    plain = [word for word in plain if word]
    made = "".join(
        word.lower() if not index else word[:1].upper() + word[1:].lower() for index, word in enumerate(plain)
    )
    return made[:60] if re.match(r"[A-Za-z]", made) else f"call{made}"[:60] if made else ""


def key_of(title: str) -> str:
    """What `x-specloom.key` may be; '' where the title has no letters for it."""
    made = (
        re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?i)\.(?:ai|io|com|dev)\b|\bapi\b", "", title).lower())
        .strip("-")[:30]
        .strip("-")
    )
    return made if re.fullmatch(r"[a-z][a-z0-9-]*[a-z0-9]", made) else ""

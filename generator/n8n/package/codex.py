"""The codex: where n8n's node creator lists a node, and by which words its search finds it (of all texts it reads only
the node's name and `alias`)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from specloom.generator.n8n.names import ascii_words
from specloom.generator.n8n.node.steps import ResourceGroup
from specloom.generator.n8n.text import quiet
from specloom.schemas.model import Service

MOST_WORDS = 120
LONGEST_WORD = 40
_WORDS: Mapping[str, Any] = json.loads((Path(__file__).parent / "codex_words.json").read_bytes())
_CATEGORIES: Mapping[str, Sequence[str]] = _WORDS["categories"]
_SYNONYMS: Mapping[str, Sequence[str]] = _WORDS["synonyms"]
_KINDS: Mapping[str, Sequence[str]] = _WORDS["kinds"]
_STOP = frozenset(_WORDS["stop"])


def categories(service: Service, groups: Sequence[ResourceGroup]) -> list[str]:
    """What most of the operations are about, at most two."""
    if service.generates:
        return ["AI"]
    counted: Counter[str] = Counter()
    for group in groups:
        about = _nouns([group.name])
        for name, words in _CATEGORIES.items():
            if about & set(words):
                counted[name] += len(group.steps)
    enough = max(1, sum(len(group.steps) for group in groups) // 10)
    return sorted(name for name, count in counted.most_common(2) if count >= enough) or ["Miscellaneous"]


def subcategories(names: Sequence[str]) -> dict[str, Any]:
    """Without a root node among AI's, n8n shows a node of that category only where there is AI in the workflow."""
    return {"subcategories": {"AI": ["Miscellaneous", "Root Nodes"]}} if "AI" in names else {}


def aliases(service: Service, groups: Sequence[ResourceGroup]) -> list[str]:
    """Resources, kinds of result, and what else people call them."""
    kinds = [o.output.type for o in service.operations if not o.deprecated and o.generates]
    found = [word for kind in dict.fromkeys(kinds) for word in _KINDS.get(kind, ())]
    names = [group.name for group in groups]
    made = [step.phrase for group in groups for step in group.steps if step.generates]
    told = [*names, *(word for text in made for word in _words(text))]
    found += told
    found += [other for word in sorted(_nouns(told)) for other in _SYNONYMS.get(word, ())]
    return _each_once(found)[:MOST_WORDS]


def hint(service: Service, groups: Sequence[ResourceGroup]) -> dict[str, Any]:
    """For n8n's own builder of workflows: what the node does, in a sentence, and where what it makes usually goes."""
    title = quiet(service.title, 60) or service.key
    names = _each_once(step.phrase for group in groups for step in (group.usual,))
    return {"searchHint": f"{title}: {', '.join(names[:12])}"}


def _nouns(texts: Iterable[str]) -> set[str]:
    """Words in lower case and in the singular, as far as an s makes the plural."""
    words = {word.lower() for text in texts for word in ascii_words(text)}
    return words | {word[:-1] for word in words if word.endswith("s") and len(word) > 3}


def _words(text: str) -> list[str]:
    return [word for word in ascii_words(text) if word.lower() not in _STOP and len(word) > 2]


def _each_once(texts: Iterable[str]) -> list[str]:
    """Without what looks like a template or is a sentence; case does not count."""
    found: dict[str, str] = {}
    for text in texts:
        word = re.sub(r"\s+", " ", quiet(text, LONGEST_WORD + 1))
        if word and len(word) <= LONGEST_WORD:
            found.setdefault(word.lower(), word)
    return list(found.values())

"""English as far as names need it: one and many, and the article."""

from __future__ import annotations

import re

from specloom.schemas.memo import cached

_SAME = re.compile(r"(ss|us|is|news|series|species|data|media|analytics)$|\b(sms|dns|os)$", re.I)
_ODD = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "indices": "index", "matrices": "matrix",
    "vertices": "vertex", "analyses": "analysis", "axes": "axis", "buses": "bus", "caches": "cache",
    "criteria": "criterion",
    "hypotheses": "hypothesis", "leaves": "leaf", "lives": "life", "movies": "movie", "cookies": "cookie",
    "aliases": "alias", "statuses": "status", "viruses": "virus", "databases": "database", "licenses": "license",
    "releases": "release", "purchases": "purchase", "responses": "response", "courses": "course", "cases": "case",
    "expenses": "expense", "warehouses": "warehouse", "invoices": "invoice",
}  # fmt: skip
_MANY = {one: many for many, one in _ODD.items()}
_STEM = re.compile(r"(?=.*[aeiouy])..", re.I)
"""What is left of a plural can be said: not of 'TTS' or 'CMS'."""
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("zzes", "zz"))


@cached(16384)
def singular(word: str) -> str:
    """'Generated Images' to 'Generated Image'; what has no plural stays."""
    start, last = word[: len(word) - len(tail := re.split(r"[^A-Za-z]", word)[-1])], tail
    if one := _ODD.get(last.lower()):
        return start + (one.capitalize() if last[:1].isupper() else one)
    if last.endswith("s") and last[:-1].isupper() and len(last) > 2:  # 'APIs'
        return word[:-1]
    if not last or _SAME.search(last):
        return word
    for ending, instead in _ENDINGS:
        if last.lower().endswith(ending) and len(last) > len(ending) + 1:
            return start + last[: -len(ending)] + instead
    return word[:-1] if last[-1] == "s" and _STEM.search(last[:-1]) else word


@cached(16384)
def plural(word: str) -> str:
    """'Issue Comment' to 'Issue Comments'."""
    last = re.split(r"[^A-Za-z]", word)[-1]
    low = last.lower()
    if many := _MANY.get(low):
        return word[: len(word) - len(last)] + (many.capitalize() if last[:1].isupper() else many)
    if not last or low in ("data", "media", "metadata", "music", "news", "information", "analytics", "sms"):
        return word
    if low.endswith("y") and low[-2:-1] not in ("a", "e", "i", "o", "u", ""):
        return f"{word[:-1]}ies"
    return f"{word}es" if low.endswith(("s", "x", "ch", "sh", "z")) else f"{word}s"


def is_plural(word: str) -> bool:
    return singular(word) != word


def with_article(thing: str) -> str:
    """'a Task', 'an Issue', 'an SMS', 'a User', 'a URL'."""
    first = thing.partition(" ")[0]
    spelled = first.isupper() and len(first) > 1 and first not in _SPOKEN
    vowel = first[0] in "AEFHILMNORSX" if spelled else bool(_VOWEL.match(first))
    return f"{'an' if vowel else 'a'} {thing}"


_SPOKEN = frozenset("SIM FAQ PIN RAM LAN SAML NAT SAN SOAP REST JSON".split())
"""Acronyms that are said as words."""
_VOWEL = re.compile(r"[aio]|e(?!u)|hour|honest|heir|u(?!ni|se|sa|sur|til|kr)", re.I)

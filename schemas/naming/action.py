"""Operations' names in the imperative, as every platform asks for them."""

from __future__ import annotations

import re

from specloom.schemas.text import humanize, title_case

_MARKDOWN = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)|[`*]+")
LONGEST = 60
"""Characters of a description that is taken for a name."""
_CALL = re.compile(r"[a-z]+[A-Za-z0-9_]*(?:\(\))?\Z")
_ALWAYS = (
    "activate add adjust allow append approve archive assign cancel clear clone compute configure confirm connect "
    "convert create deactivate decline delete deploy disable duplicate edit enable enqueue execute extract find "
    "generate get initiate insert install invite merge obtain perform provide publish receive register reject rename "
    "remove render replace resolve restore resume retrieve return revoke rotate save send submit subscribe suspend "
    "sync transcribe translate unarchive unlock unsubscribe update upsert validate"
)
_MAYBE = (
    "accept block change check close compare count download export import list load lock make move open pause post "
    "preview pull query read record refund report request reset run schedule set share show sign start stop store test "
    "transfer trigger upload view"
)
_ODD = {
    "applies": "apply", "attaches": "attach", "classifies": "classify", "copies": "copy", "detaches": "detach",
    "dispatches": "dispatch", "fetches": "fetch", "modifies": "modify", "refreshes": "refresh", "verifies": "verify",
}  # fmt: skip
_VERBS = {f"{verb}s": verb for verb in _ALWAYS.split()} | _ODD
_NOUNS_TOO = {f"{verb}s": verb for verb in _MAYBE.split()} | {"searches": "search", "pushes": "push"}
"""'Reports the error' is a deed, 'Reports by date' are things."""
_DETERMINERS = frozenset("a an the all one your this that any every information details".split())


def action_name(summary: str, operation_id: str, description: str = "") -> str:
    """An operation's name: 'Creates an issue.' to 'Create an Issue'. A summary that is only the name of a function
    says no more than the operationId; where there is none, a description of a few words is one."""
    summary = _without_markup(summary).strip().rstrip(".")
    if not summary:
        first = _without_markup(description).partition("\n")[0].partition(". ")[0].rstrip(".")
        if " " not in first or len(first) > LONGEST or not first[0].isalpha():
            return humanize(operation_id)
        summary = first
    if _CALL.match(summary) and not summary.islower():
        return humanize(summary.removesuffix("()"))
    first, _, rest = summary.partition(" ")
    verb = _VERBS.get(first.lower()) if rest else None
    if rest.partition(" ")[0].lower() in _DETERMINERS:
        verb = verb or _NOUNS_TOO.get(first.lower())
    return title_case(f"{verb.capitalize()} {rest}" if verb else summary)


def _without_markup(text: str) -> str:
    return _MARKDOWN.sub(r"\1", text) if "[" in text or "`" in text or "*" in text else text

"""The README of an app: how it gets into Make, its modules, and what is good to know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from generator import EmitOptions
from generator.make import iml
from generator.make.app import App

_HEAD = """\
# {title} for Make

Version {version}, written by Specloom from the service's OpenAPI document. Change the document and build again
rather than these files.

## Put it into Make

```
export MAKE_API_TOKEN=…        # Make > Profile > API: sdk-apps:read, sdk-apps:write
export MAKE_ZONE=eu1.make.com
specloom deploy make DOCUMENT --dry-run    # the OpenAPI document, or the key of a bundled service
specloom deploy make DOCUMENT
```

The same folder opens in Make's extension for Visual Studio Code (local development for apps): add an origin to
`makecomapp.json` and deploy from there.
"""
_GOOD_TO_KNOW = """
## Good to know

- Every step returns the same fields, whatever the service: `success`, `status`, `type`, the link (`image_url`,
  `audio_url`, `video_url`, `model_url`) or `text`, `items`, and the service's own reply under `raw`.
- Failures carry the service's own message. Make waits and tries again by itself after a rate limit.
"""
_SLOW = """\
- Make stops a step after 40 seconds. A step that starts longer work returns its ID then; **Get Result** reads it later.
  With a gateway in the connection, such steps run through it.
"""
_UNTESTED = """\
- The connection is saved without asking the service about the key, because Make cannot make the call that would tell.
  A wrong key shows when the first step runs.
"""
_MARKUP = re.compile(r"[\\`*_\[\]()#+!|~>&]")


def readme(app: App, options: EmitOptions, groups: Sequence[Mapping[str, Any]]) -> bytes:
    """`groups` are those of modules/groups.json."""
    return "".join(_parts(app, options, groups)).encode()


def _parts(app: App, options: EmitOptions, groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield _HEAD.format(title=markdown(app.service.title), version=options.version)
    docs = _link(app.service.docs_url)
    if docs:
        yield f"\nThe service's own documentation: {docs}\n"
    yield "\n## Modules\n"
    for group in groups:
        yield f"\n### {markdown(group['label'])}\n\n"
        for name in group["modules"]:
            yield _module(app.entries["module"][name].meta)
    yield _GOOD_TO_KNOW
    if app.routed:
        yield _SLOW
    if any(problem.code == "make-untested" for problem in app.problems):
        yield _UNTESTED
    if app.problems:
        yield "\n## What Make cannot do here\n\n"
        yield from (f"- {markdown(problem.message)}\n" for problem in app.problems)


def _module(meta: Mapping[str, Any]) -> str:
    kind = meta["moduleType"].replace("_", " ")
    return f"- **{markdown(meta['label'])}** ({kind}): {markdown(meta['description'])}\n"


def _link(url: str) -> str:
    """An https address as an autolink, with nothing left in it that could end the link."""
    return "<" + quote(url, safe=":/?#@!$&'()*+,;=%-._~") + ">" if url.startswith("https://") else ""


def markdown(text: str) -> str:
    """Text of a document as one line of Markdown that is nothing but text."""
    return _MARKUP.sub(r"\\\g<0>", iml.line(text, 500))

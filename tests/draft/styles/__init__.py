"""A service's calls written down in the styles of well-known documentation tools and clients: what a person would copy or
export from them. Each style is a function from a service to the sources it would give."""

from __future__ import annotations

from collections.abc import Callable

from specloom.schemas.draft import Text
from specloom.schemas.model import Service
from tests.draft.styles import clients, markup, text
from tests.draft.styles.base import inputs, name

__all__ = ["SNIPPETS", "STYLES", "inputs", "name"]
Style = Callable[[Service], list[Text]]
STYLES: dict[str, Style] = {
    style.__name__: style
    for style in (
        markup.mintlify_mdx, text.mintlify_text, text.readme_text, markup.docusaurus_html, markup.gitbook_swagger, markup.gitbook,
        markup.slate, markup.readme_md, markup.reference_html, text.fused_text, clients.fetch, clients.requests,
        clients.windows_curl, clients.har, clients.postman, clients.bruno, clients.insomnia, clients.hoppscotch,
    )
}  # fmt: skip
SNIPPETS = frozenset(
    {"fetch", "requests", "windows_curl", "har", "postman", "bruno", "insomnia", "hoppscotch", "fused_text"}
)
"""Styles that show values only: names of path parameters and headers need not stand in them."""

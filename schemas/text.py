"""Words for people out of words for machines; strangers' texts made safe to print on one line or in one help box."""

from __future__ import annotations

import re
from functools import partial

from specloom.schemas.memo import cached

MAX_TITLE = 120
MAX_DESCRIPTION = 4000

_CONTROL = partial(
    re.compile,
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    r"\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]",
)
_BREAK = re.compile("\r\n?|[\u2028\u2029]")
_WORD = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[^\W_A-Z]+|[A-Z]")
_ACRONYMS = {
    word.lower(): word
    for word in "AI API CFG CPU CSS CSV DNS DNA FAQ GPU GUID HTML HTTP HTTPS ID IDs IP JPEG JSON JWT LLM MFA MIME NSFW "
    "OAuth PDF PNG POS QR REST SaaS SDK SKU SMS SQL SSH SSL SSO SVG TLS TTL TTS UI URI URL URLs UTC UUID VAT VIN VM "
    "XML YAML ZIP 3D 2D".split()
}
_SMALL = frozenset("a an and as at but by for from in into nor of on onto or over per the to via with".split())


_TAG = re.compile(
    r"</?(?:a|abbr|b|blockquote|br|center|code|dd|div|dl|dt|em|font|h[1-6]|hr|i|img|li|ol|p|pre|script|small|span|strong|"
    r"style|sub|sup|table|tbody|td|th|thead|tr|u|ul)\b[^<>]{0,500}>",
    re.I,
)
_BLOCK = re.compile(r"</?(?:p|div|br|h[1-6]|hr|li|ol|ul|dl|dt|dd|tr|table|pre|blockquote)\b", re.I)
_LINES = re.compile(r"[ \t]*\n\s*\n\s*")


def _plain(text: str) -> str:
    """Without HTML, which most platforms would show as it is written."""
    from html import unescape  # many documents do without

    text = _TAG.sub(lambda tag: "\n" if _BLOCK.match(tag[0]) else "`" if tag[0].lower() in _CODE else "", text)
    return _LINES.sub("\n\n", unescape(text))


_CODE = ("<code>", "</code>")


def clean(text: object, limit: int = MAX_DESCRIPTION) -> str:
    """Without control and direction-changing characters, stray white space and what exceeds `limit` characters."""
    if not isinstance(text, str):
        return ""
    if "<" in text and _TAG.search(text, 0, limit * 4):
        text = _plain(text[: limit * 4])
    if len(text) <= limit and (text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable()):
        return text.strip()
    text = _BREAK.sub("\n", _CONTROL().sub("", text[: limit * 4])).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def one_line(text: object, limit: int = MAX_TITLE) -> str:
    if not text:
        return ""
    return " ".join(clean(text, limit * 4).split())[:limit].rstrip()


def words(name: str) -> list[str]:
    """'image_url2' and 'imageURL2' to their words, in lower case but for what is all capitals."""
    return _WORD.findall(name)


def title_case(text: str) -> str:
    """'generate an image' to 'Generate an Image'; words with capitals of their own stay as they are."""
    parts = text.split()
    result = []
    for index, word in enumerate(parts):
        low = word.lower()
        if low in _ACRONYMS:
            word = _ACRONYMS[low]
        elif low in _SMALL and 0 < index < len(parts) - 1:
            word = low
        elif word == low:
            word = word[:1].upper() + word[1:]
        result.append(word)
    return " ".join(result)


@cached(32768)
def humanize(name: str) -> str:
    """A label made from a machine's name: 'webhook_url' to 'Webhook URL'."""
    parts = [_ACRONYMS.get(word.lower(), word.lower()) for word in words(name)]
    return title_case(" ".join(parts))[:MAX_TITLE] if parts else one_line(name)


def slug(text: str) -> str:
    """Lower-case words joined by underscores, for keys made from titles; '' when nothing is left."""
    return "_".join(re.findall(r"[a-z0-9]+", text.lower()))


_COLON_SEGMENT = re.compile(r"(?<=/):([A-Za-z_]\w*)(?=/|$)")


def path_template(path: str) -> str:
    """'/jobs/:id' of Express and its like as OpenAPI writes it: '/jobs/{id}'. What stands behind other text, as the
    verb of '/jobs/{id}:cancel' does, stays."""
    return _COLON_SEGMENT.sub(r"{\1}", path) if "/:" in path else path

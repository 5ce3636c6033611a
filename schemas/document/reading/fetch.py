"""Documents by URL: fetched with a limit to everything, and told apart from a web page.

Whose command line it is may read any address, an intranet's too. What a *document* may make it read is another matter:
its relative references stay on its own origin, and no redirect leads them away from it (refs.py asks `same_origin`).
"""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from specloom.schemas.problems import Location, SpecloomError

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

MAX_BYTES = 100 * 1024 * 1024
"""Of one document, from wherever it comes. The largest real one known has 47 MB."""
SECONDS = 30.0
"""For the whole of one document, redirects included."""
MAX_REDIRECTS = 5
_CHUNK = 64 * 1024
_PORTS = {"http": 80, "https": 443}
_MEANING = {401: "it asks for a sign-in", 403: "it is not public", 404: "there is nothing", 410: "it is gone"}


def is_url(text: object) -> bool:
    return isinstance(text, str) and re.match(r"[a-z][a-z0-9+.\-]*://", text, re.I) is not None


def shown(url: str) -> str:
    """Without a password that stands in it."""
    return re.sub(r"//[^/?#]*@", "//", url, count=1)


def same_origin(one: str, other: str) -> bool:
    """Scheme, host and port are the same."""
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(parts.scheme)


def fetch_page(url: str) -> bytes:
    """A page of documentation, or an export: HTML is welcome. Raises SpecloomError in one line."""
    return fetch(url, page=True)[0]


def fetch(url: str, *, stay: bool = False, page: bool = False, public: bool = False) -> tuple[bytes, str]:
    """(the bytes, the address they came from at last). With `stay`, redirects to other origins are refused; a web page
    is refused unless `page`; with `public` so is an address that is not. Raises SpecloomError in one line."""
    import requests  # costly to import, and most documents are files
    from ssrfguard import SSRFGuardError

    end = time.monotonic() + SECONDS
    place = Location(shown(url))
    try:
        for _ in range(MAX_REDIRECTS + 1):
            _check(url, place)
            with _get(url, public) as answer:
                target = answer.headers.get("Location", "") if answer.is_redirect else ""
                if not target:
                    return _content(answer, place, end, page), url
            following = urljoin(url, target)
            if _leads_away(url, following, stay):
                raise SpecloomError(f"it redirects to {shown(following)[:200]!r}: not followed", location=place)
            url = following
    except requests.Timeout:
        raise _too_slow(place) from None
    except (requests.RequestException, SSRFGuardError, UnicodeError, ValueError) as error:
        hint = "check the address and the network"
        raise SpecloomError(f"cannot be reached: {_reason(error)}", hint=hint, location=place) from None
    raise SpecloomError(f"more than {MAX_REDIRECTS} redirects", hint="give the last address", location=place)


def _check(url: str, place: Location) -> None:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise SpecloomError("no web address", hint="give an http:// or https:// URL, or a file", location=place)


def _leads_away(url: str, following: str, stay: bool) -> bool:
    downgrade = url.startswith("https:") and not following.startswith("https:")
    return downgrade or (stay and not same_origin(url, following))


def _get(url: str, public: bool) -> Response:
    import requests

    if public:
        from ssrfguard import Policy
        from ssrfguard.requests import Session

        from specloom.schemas.document.reading.addresses import denied_addresses

        ask = Session(policy=Policy(denied_networks=denied_addresses())).get
    else:
        ask = requests.get

    user = requests.utils.get_auth_from_url(url)
    # an `auth` of any kind keeps the person's ~/.netrc out of it
    return ask(
        url,
        auth=user if any(user) else _no_auth,
        timeout=SECONDS,
        stream=True,
        allow_redirects=False,
        headers={"Accept": "application/yaml, application/json, text/plain;q=0.9, */*;q=0.5"},
    )


def _no_auth(request: PreparedRequest) -> PreparedRequest:
    return request


def _content(answer: Response, place: Location, end: float, page: bool) -> bytes:
    if answer.status_code != 200:
        told = _MEANING.get(answer.status_code, "no document")
        raise SpecloomError(f"HTTP {answer.status_code}: {told}", hint="check the address", location=place)
    found = bytearray()
    while chunk := answer.raw.read1(_CHUNK, decode_content=True):
        found += chunk
        if len(found) > MAX_BYTES:
            raise too_large(place)
        if time.monotonic() > end:
            raise _too_slow(place)
    if page:
        return bytes(found)
    if "html" in answer.headers.get("Content-Type", "").lower() or _HTML().match(found[:1000]):
        hint = "give the address of the YAML or JSON file itself"
        raise SpecloomError("a web page, not a document", hint=hint, location=place)
    return bytes(found)


_HTML = partial(re.compile, rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html)\b", re.I | re.S)


def too_large(place: Location) -> SpecloomError:
    return SpecloomError(f"larger than {MAX_BYTES // 1024 // 1024} MB", location=place)


def _too_slow(place: Location) -> SpecloomError:
    return SpecloomError(f"no document within {SECONDS:.0f} s", hint="try again, or save it to a file", location=place)


def _reason(error: Exception) -> str:
    """The last words of a library's long story."""
    text = " ".join(str(error).split())
    for word in ("NameResolution", "getaddrinfo", "Name or service", "nodename"):
        if word in text:
            return "no such host"
    if "Connection refused" in text:
        return "nothing answers there"
    return (
        "its certificate is not trusted" if "CERTIFICATE" in text.upper() and "VERIFY" in text.upper() else text[-120:]
    )

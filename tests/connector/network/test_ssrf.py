"""No URL of a stranger's leads inside: neither when it is given nor when it is dialled. Dials end on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import requests

from specloom.connector.network import ssrf as guard_module
from specloom.connector.network.ssrf import Guard, RefusedURL
from specloom.schemas.problems import SpecloomError
from tests.connector.webhooks.sink import Sink

PUBLIC = "93.184.216.34"
INSIDE = {
    "loopback": "https://127.0.0.1/",
    "loopback network": "https://127.8.9.1/",
    "private 10": "https://10.0.0.1/",
    "private 172": "https://172.16.5.4/",
    "private 192": "https://192.168.1.1/",
    "carrier-grade NAT": "https://100.64.0.1/",
    "link-local": "https://169.254.1.1/",
    "metadata": "https://169.254.169.254/latest/meta-data/",
    "unspecified": "https://0.0.0.0/",
    "broadcast": "https://255.255.255.255/",
    "multicast": "https://224.0.0.1/",
    "IPv6 loopback": "https://[::1]/",
    "IPv6 unspecified": "https://[::]/",
    "IPv6 unique local": "https://[fd00::1]/",
    "IPv6 link-local": "https://[fe80::1]/",
    "IPv6 metadata": "https://[fd00:ec2::254]/",
    "v4-mapped": "https://[::ffff:127.0.0.1]/",
    "v4-mapped hex": "https://[::ffff:a9fe:a9fe]/",
    "v4-compatible": "https://[::127.0.0.1]/",
    "NAT64": "https://[64:ff9b::7f00:1]/",
    "NAT64 local": "https://[64:ff9b:1::a00:1]/",
    "6to4": "https://[2002:7f00:1::]/",
    "Teredo": "https://[2001:0:7f00:1::]/",
    "IPv4-translated": "https://[::ffff:0:127.0.0.1]/",
    "IPv4-translated, public": "https://[::ffff:0:8.8.8.8]/",
    "ISATAP": "https://[2600::5efe:10.0.0.1]/",
    "ISATAP, universal": "https://[2600::200:5efe:10.0.0.1]/",
    "6to4 of a private network": "https://[2002:a00:1::]/",
    "Azure's host agent": "https://168.63.129.16/",
    "Azure's host agent, v4-mapped": "https://[::ffff:168.63.129.16]/",
    "Azure's host agent, NAT64": "https://[64:ff9b::168.63.129.16]/",
    "AS112": "https://192.175.48.6/",
    "AS112, redirected": "https://192.31.196.1/",
    "AS112, IPv6": "https://[2620:4f:8000::6]/",
    "AS112, redirected, IPv6": "https://[2001:4:112::1]/",
    "AMT": "https://192.52.193.1/",
    "decimal": "https://2130706433/",
    "octal": "https://0177.0.0.1/",
    "hexadecimal": "https://0x7f000001/",
    "mixed": "https://0x7f.0.0.1/",
    "short": "https://127.1/",
    "circled digits": "https://\u2460\u2461\u2466.0.0.1/",
    "localhost": "https://localhost/",
    "localhost with a dot": "https://localhost./",
    "capitals": "https://LOCALHOST/",
    "user info": "https://example.com@127.0.0.1/",
    "backslash": "https://example.com\\@127.0.0.1/",
    "tab": "https://exam\tple.com/",
    "space": "https://127.0.0.1 /",
    "percent": "https://127.0.0.1%2f/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
    "no scheme": "//127.0.0.1/",
    "no host": "https:///path",
    "port": "https://example.com:99999/",
    "plain http": "http://example.com/",
    "nothing": "",
    "unclosed": "https://[::1",
    "long": "https://example.com/" + "a" * 3000,
}


class Names:
    """Stands in for the resolver. A name gives its answers one after the other, the last for ever."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.answers = {name.replace("_", "."): list(given) for name, given in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: Any, *_: Any) -> list[Any]:
        self.asked.append(host)
        known = self.answers.get(host)
        if known is None:
            return list(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST))
        addresses = known.pop(0) if len(known) > 1 else known[0]
        return [entry for address in addresses for entry in self._entry(address, port)]

    @staticmethod
    def _entry(address: str, port: Any) -> list[Any]:
        return list(socket.getaddrinfo(address, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST))


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch, sink: Sink) -> list[str]:
    """Addresses that were dialled; every one of them is the sink."""
    found: list[str] = []

    def connect(addresses: Any, **_: Any) -> socket.socket:
        found.append(str(addresses[0].ip))
        return socket.create_connection(("127.0.0.1", sink.port))

    monkeypatch.setattr("specloom.connector.network.ssrf.ssrfguard.connect", connect)
    return found


@pytest.mark.parametrize("url", INSIDE.values(), ids=INSIDE.keys())
def test_refused_when_given_and_when_dialled(url: str, dialled: list[str]) -> None:
    guard = Guard()
    with pytest.raises(RefusedURL) as refused:
        guard.check(url)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 500
    with pytest.raises(Exception):  # noqa: B017 - each layer has its own words for it
        guard.session().get(url, timeout=2, allow_redirects=False)
    if url.startswith("https://"):
        with pytest.raises(Exception):  # noqa: B017
            guard.pool(retries=False).urlopen("GET", url.replace("https:", "http:"), timeout=2, redirect=False)
    assert dialled == []


@pytest.mark.parametrize("answers", [["10.0.0.1"], [PUBLIC, "127.0.0.1"], ["::1"], ["::ffff:169.254.169.254"]])
def test_names_that_lead_inside(answers: list[str], dialled: list[str]) -> None:
    guard = Guard(allow_http=True, resolver=Names(evil_example_com=[answers]))
    with pytest.raises(RefusedURL, match="not public"):
        guard.check("https://evil.example.com/")
    with pytest.raises(guard_module.SSRFGuardError):
        guard.pool(retries=False).urlopen("GET", "http://evil.example.com/", redirect=False)
    assert dialled == []


def test_rebinding_between_check_and_dial(dialled: list[str]) -> None:
    """The name is public when the hook is subscribed and loopback when it is called."""
    names = Names(evil_example_com=[[PUBLIC], ["127.0.0.1"]])
    guard = Guard(allow_http=True, resolver=names)
    guard.check("https://evil.example.com/")
    with pytest.raises(guard_module.SSRFGuardError):
        guard.pool(retries=False).urlopen("GET", "http://evil.example.com/", redirect=False)
    assert dialled == [] and len(names.asked) == 2


def test_the_address_that_was_checked_is_dialled(dialled: list[str], sink: Sink) -> None:
    """One lookup a connection: what the name says a moment later is not asked."""
    names = Names(fine_example_com=[[PUBLIC], ["127.0.0.1"]])
    answer = (
        Guard(allow_http=True, resolver=names)
        .pool(retries=False)
        .urlopen("GET", "http://fine.example.com/ok", redirect=False)
    )
    assert answer.status == 200
    assert (dialled, len(names.asked)) == ([PUBLIC], 1)
    assert sink.calls[0].headers["host"] == "fine.example.com"


def test_no_redirect_leads_inside(dialled: list[str]) -> None:
    session = Guard(allow_http=True, resolver=Names(fine_example_com=[[PUBLIC]])).session()
    with pytest.raises(requests.TooManyRedirects):
        session.get("http://fine.example.com/redirect", timeout=2)
    assert dialled == [PUBLIC]


def test_no_proxy_from_the_environment(dialled: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    session = Guard(allow_http=True, resolver=Names(fine_example_com=[[PUBLIC]])).session()
    assert session.get("http://fine.example.com/ok", timeout=2).text == "thanks"


def test_the_allow_list(sink: Sink) -> None:
    names = Names(n8n=[["172.18.0.5"]], other=[["172.18.0.6"]], db_lan=[["192.168.7.1"]])
    guard = Guard(allow=("n8n", "192.168.7.0/24", "127.0.0.1"), resolver=names)
    for url in ("http://n8n:5678/webhook/x", "https://db.lan/", "http://192.168.7.9/", sink.url()):
        guard.check(url)
    for url in ("http://other:5678/", "http://192.168.8.1/", "http://n8n.evil.example.com/", "http://127.0.0.2/"):
        with pytest.raises(RefusedURL):
            guard.check(url)
    assert guard.session().get(sink.url(), timeout=2).text == "thanks"
    with pytest.raises(SpecloomError, match="no host name"):
        Guard(allow=("10.0.0.0/33",))
    Guard(allow=("localhost",)).check("http://127.0.0.1:5678/")


def test_a_name_that_does_not_resolve_may_do_so_later() -> None:
    def nowhere(*_: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    Guard(resolver=nowhere).check("https://soon.example.com/")


PORTS: list[tuple[tuple[str, ...], bool, str, bool]] = [
    ((), False, "https://fine.example.com/", True),
    ((), False, "https://fine.example.com:443/", True),
    ((), False, "https://fine.example.com:8443/", False),
    ((), False, "https://fine.example.com:22/", False),
    ((), False, "https://fine.example.com:80/", False),
    ((), True, "http://fine.example.com/", True),
    ((), True, "http://fine.example.com:8080/", False),
    (("fine.example.com",), False, "https://fine.example.com:8443/", True),
    (("fine.example.com:8443",), False, "https://fine.example.com:8443/", True),
    (("fine.example.com:8443",), False, "https://fine.example.com:9443/", False),
    (("n8n.lan:5678",), False, "http://n8n.lan:5678/webhook/x", True),
    (("n8n.lan:5678", "n8n.lan:5679"), False, "http://n8n.lan:5679/webhook/x", True),
    (("n8n.lan:5678",), False, "http://n8n.lan:6379/", False),
    (("n8n.lan:5678",), False, "https://n8n.lan/", False),
    (("n8n.lan",), False, "http://n8n.lan:6379/", True),
    (("10.0.0.5:5678",), False, "http://10.0.0.5:5678/", True),
    (("10.0.0.5:5678",), False, "https://10.0.0.5/", False),
    (("10.0.0.0/8",), False, "https://n8n.lan:5678/", True),
    (("10.0.0.0/8",), False, "https://fine.example.com:5678/", False),
    (("[fd00::5]:5678",), False, "http://[fd00::5]:5678/", True),
    (("[fd00::5]:5678",), False, "http://[fd00::5]:5679/", False),
    (("localhost:5678",), False, "http://127.0.0.1:5678/", True),
    (("localhost:5678",), False, "http://127.0.0.1:5679/", False),
]


@pytest.mark.parametrize(("allow", "http", "url", "fine"), PORTS)
def test_ports(allow: tuple[str, ...], http: bool, url: str, fine: bool, dialled: list[str]) -> None:
    """443, 80 where http is allowed, and those that were named with a host; when it is given and when it is dialled."""
    guard = Guard(allow=allow, allow_http=http, resolver=Names(fine_example_com=[[PUBLIC]], n8n_lan=[["10.0.0.5"]]))
    if fine:
        guard.check(url)
        return
    with pytest.raises(RefusedURL):
        guard.check(url)
    if ":" in url.partition("://")[2].strip("/").rpartition("]")[2]:
        with pytest.raises((ValueError, guard_module.SSRFGuardError)):
            guard.pool(retries=False).urlopen("GET", url.replace("https:", "http:"), redirect=False)
    assert dialled == []


def test_networks_that_are_never_fine() -> None:
    """Such as the prefix under which a provider's 6rd reaches private IPv4 addresses."""
    guard = Guard(deny=("2a01:e00::/26",))
    with pytest.raises(RefusedURL, match="denied by the operator"):
        guard.check("https://[2a01:e35::1]/")
    guard.check("https://[2a02::1]/")
    with pytest.raises(SpecloomError, match="SPECLOOM_HOOK_DENY"):
        Guard(deny=("10.0.0/8",))

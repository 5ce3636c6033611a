"""Addresses that a stranger's URL must not lead to, beyond those of ssrfguard's table."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

from ssrfguard import DEFAULT_DENIED, AddressTable, Block, Reach

_MORE: tuple[tuple[str, str, str], ...] = (
    ("168.63.129.16/32", "Azure's host agent", "vendor"),
    ("192.31.196.0/24", "AS112", "RFC7535"),
    ("192.52.193.0/24", "Automatic multicast tunneling", "RFC7450"),
    ("192.175.48.0/24", "AS112, direct delegation", "RFC7534"),
    ("::ffff:0:0:0/96", "IPv4-translated", "RFC2765"),
    ("2001:3::/32", "Automatic multicast tunneling", "RFC7450"),
    ("2001:4:112::/48", "AS112", "RFC7535"),
    ("2001:20::/28", "ORCHIDv2", "RFC7343"),
    ("2620:4f:8000::/48", "AS112, direct delegation", "RFC7534"),
)
"""Network, name and source. A 6rd prefix is each provider's own: the operator names it in SPECLOOM_HOOK_DENY."""
_ISATAP = Block(
    network=ip_network("::5efe:0:0/96"), name="ISATAP", rfc="RFC5214", reach=Reach.DENIED,
    note="the interface id carries an IPv4 address, below any prefix",
)  # fmt: skip
_ISATAP_IDS = frozenset({0x00005EFE, 0x02005EFE})


class DeniedAddresses(AddressTable):
    """The table, and what is told by the interface id alone."""

    def match(self, address: IPv4Address | IPv6Address) -> Block | None:
        if address.version == 6 and (int(address) >> 32) & 0xFFFFFFFF in _ISATAP_IDS:
            return _ISATAP
        return super().match(address)


def _denied(network: str, name: str, source: str) -> Block:
    return Block(network=ip_network(network, strict=False), name=name, rfc=source, reach=Reach.DENIED, note="")


def denied_addresses(more: tuple[str, ...] = ()) -> DeniedAddresses:
    """`more` are networks. Raises ValueError where one is none."""
    blocks = [_denied(*one) for one in _MORE] + [_denied(one, "denied by the operator", "") for one in more]
    known = {block.network: block for block in (*DEFAULT_DENIED.blocks, *blocks)}
    return DeniedAddresses(tuple(known.values()))


NOTHING_DENIED = AddressTable(())
ALL_DENIED = AddressTable(tuple(_denied(network, "not on the allow-list", "") for network in ("0.0.0.0/0", "::/0")))

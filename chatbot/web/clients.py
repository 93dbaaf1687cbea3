"""Clients: who is counted as one, by address, and which proxy is believed about it."""

import ipaddress

from starlette.datastructures import Headers
from starlette.types import Scope

CROWDED = "crowded"  # key of a request's state: it came over a connection that is one too many
IPV6_OF_ONE = 64  # bits of an IPv6 address that name a household; the rest a device chooses as it likes


def client_of(scope: Scope, trusted_proxy: str) -> str:
    """The client of a request, as ``network_of`` names it; empty when nobody can tell."""
    address = address_of(scope)
    if is_trusted(scope, trusted_proxy):
        # The last entry is the one that the trusted proxy itself wrote.
        address = Headers(scope=scope).get("x-forwarded-for", address).rsplit(",", 1)[-1].strip()
    return network_of(address)


def is_trusted(scope: Scope, trusted_proxy: str) -> bool:
    """Whether a request comes from the proxy that the settings name."""
    return bool(trusted_proxy) and address_of(scope) == trusted_proxy


def address_of(scope: Scope) -> str:
    """The address at the other end of the connection; empty when there is none, as with a socket file."""
    return str(scope["client"][0]) if scope.get("client") else ""


def network_of(address: str) -> str:
    """What is counted as one client: an IPv4 address, a /64 of IPv6, or a text that is no address, as it is.

    >>> network_of("203.0.113.5"), network_of("2001:db8::1:2"), network_of("::ffff:203.0.113.5")
    ('203.0.113.5', '2001:db8::/64', '203.0.113.5')
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), IPV6_OF_ONE), strict=False))

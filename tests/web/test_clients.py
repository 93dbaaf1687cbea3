"""Who is counted as one client."""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from chatbot.web.clients import network_of


@given(st.ip_addresses(v=6), st.integers(min_value=0, max_value=2**64 - 1))
def test_a_household_is_one_client(address: ipaddress.IPv6Address, device: int) -> None:
    """IPv6 addresses whose first 64 bits are the same are one client; those of an IPv4 address are that address."""
    other = ipaddress.IPv6Address(int(address) >> 64 << 64 | device)
    if not address.ipv4_mapped and not other.ipv4_mapped:
        assert network_of(str(address)) == network_of(str(other))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_one_client(address: ipaddress.IPv4Address) -> None:
    """An IPv4 address is one client, whether it comes as such or within an IPv6 address."""
    assert network_of(str(address)) == network_of(f"::ffff:{address}") == str(address)


@given(st.text(max_size=50))
def test_any_text_is_some_client(text: str) -> None:
    """What a proxy wrote may be anything: it is a client all the same."""
    assert isinstance(network_of(text), str)

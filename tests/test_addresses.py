"""Which addresses may be connected to: tables, and not one socket."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.fetcher.addresses import is_allowed, parse_allowances, refusal

REFUSED = (
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("10.0.0.1", "private"),
    ("10.255.255.255", "private"),
    ("100.64.0.1", "carrier"),
    ("100.127.255.254", "carrier"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.255", "loopback"),
    ("169.254.169.254", "link-local"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.0.0.8", "protocol"),
    ("192.0.0.170", "protocol"),
    ("192.0.2.1", "documentation"),
    ("192.88.99.1", "6to4 relay"),
    ("192.168.1.1", "private"),
    ("198.18.0.1", "benchmarking"),
    ("198.51.100.7", "documentation"),
    ("203.0.113.9", "documentation"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::7f00:1", "IPv4-compatible"),
    ("::ffff:127.0.0.1", "mapped"),
    ("::ffff:10.0.0.1", "mapped"),
    ("::ffff:8.8.8.8", "mapped"),
    ("64:ff9b::7f00:1", "NAT64"),
    ("64:ff9b::808:808", "NAT64"),
    ("64:ff9b:1::1", "NAT64"),
    ("100::1", "discard"),
    ("2001::1", "Teredo"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
    ("2001:10::1", "protocol"),
    ("2001:db8::1", "documentation"),
    ("2002:7f00:1::", "6to4"),
    ("2002:808:808::1", "6to4"),
    ("3fff::1", "documentation"),
    ("4000::1", "reserved"),
    ("5f00::1", "segment"),
    ("fc00::1", "private"),
    ("fd12:3456::1", "private"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "scope"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("localhost", "no IP address"),
    ("", "no IP address"),
)
PUBLIC_4 = (
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.255",
)
PUBLIC_6 = ("2606:4700::1111", "2a00:1450:4001::8a", "2001:4860:4860::8888", "2003::1")


@pytest.mark.parametrize(("address", "word"), REFUSED)
def test_address_that_is_not_public_is_refused(address: str, word: str) -> None:
    """Each special address is refused, and the reason says what it is."""
    assert word in refusal(address, 80)


@pytest.mark.parametrize("address", PUBLIC_4 + PUBLIC_6)
def test_public_address_is_permitted(address: str) -> None:
    """An ordinary public address needs no permission."""
    assert refusal(address, 443) == ""


@pytest.mark.parametrize(
    ("entries", "address", "port", "permitted"),
    [
        (("127.0.0.0/8",), "127.0.0.1", 80, True),
        (("127.0.0.0/8",), "127.9.9.9", 9999, True),
        (("127.0.0.0/8",), "10.0.0.1", 80, False),
        (("127.0.0.1:8900",), "127.0.0.1", 8900, True),
        (("127.0.0.1:8900",), "127.0.0.1", 8901, False),
        (("127.0.0.1:8900",), "127.0.0.2", 8900, False),
        (("10.1.0.0/16:443",), "10.1.2.3", 443, True),
        (("10.1.0.0/16:443",), "10.1.2.3", 80, False),
        (("10.1.2.3/16",), "10.1.99.99", 80, True),
        (("[::1]:8000",), "::1", 8000, True),
        (("[::1]:8000",), "::1", 8001, False),
        (("[::1]",), "::1", 8001, True),
        (("::1",), "::1", 5, True),
        (("fd00::/8",), "fd12::9", 80, True),
        (("[fd00::/8]:80",), "fd12::9", 81, False),
        (("fd00::/8",), "fc00::9", 80, False),
        (("127.0.0.0/8",), "::ffff:127.0.0.1", 80, False),
        (("::ffff:0:0/96",), "::ffff:127.0.0.1", 80, False),
        (("::ffff:0:0/96", "127.0.0.0/8"), "::ffff:127.0.0.1", 80, True),
        (("64:ff9b::/96",), "64:ff9b::808:808", 80, True),
        (("64:ff9b::/96",), "64:ff9b::a00:1", 80, False),
        (("64:ff9b::/96", "10.0.0.0/8"), "64:ff9b::a00:1", 80, True),
        (("2002::/16",), "2002:7f00:1::", 80, False),
        (("192.168.0.0/16", "10.0.0.7"), "10.0.0.7", 80, True),
        ((" 10.0.0.7 ",), "10.0.0.7", 80, True),
        (("0.0.0.0/0",), "169.254.169.254", 80, True),
    ],
)
def test_allow_private_permits_what_it_names(
    entries: tuple[str, ...], address: str, port: int, permitted: bool
) -> None:
    """An entry permits its network on its port alone; an address inside another needs both permitted."""
    assert (refusal(address, port, parse_allowances(entries)) == "") is permitted


@pytest.mark.parametrize(
    "entry", ["", "localhost", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x", "127.0.0.0/33",
              "[::1", "[::1]8000", "[::1]:", "1.2.3.4:5:6", "http://127.0.0.1", "127.0.0.1:８０", "::1/129"],
)  # fmt: skip
def test_malformed_allowance_is_named(entry: str) -> None:
    """A wrong entry raises one sentence that repeats it."""
    with pytest.raises(ValueError, match="allow_private: ") as caught:
        parse_allowances((entry,))
    assert repr(entry) in str(caught.value)


@given(st.ip_addresses(v=4))
def test_nothing_inside_ipv6_is_freer_than_itself(address: object) -> None:
    """No way to write an IPv4 address inside an IPv6 one is permitted by default."""
    number = int(address)  # type: ignore[call-overload]
    high, low = number >> 16, number & 0xFFFF
    for text in (f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}", f"2002:{high:x}:{low:x}::1"):
        assert refusal(text, 80), text


@given(st.ip_addresses())
def test_not_global_is_never_permitted(address: object) -> None:
    """What the standard library calls private, loopback, multicast or reserved is refused here too."""
    unsafe = any(
        getattr(address, name)
        for name in (
            "is_private",
            "is_loopback",
            "is_multicast",
            "is_reserved",
            "is_link_local",
            "is_unspecified",
        )
    )
    assert refusal(str(address), 80) or not unsafe


def test_named_address_is_told_from_a_public_one() -> None:
    """`is_allowed` holds for named addresses alone, public ones included only when named."""
    named = parse_allowances(("127.0.0.1:80",))
    assert is_allowed("127.0.0.1", 80, named)
    assert not is_allowed("127.0.0.1", 81, named)
    assert not is_allowed("8.8.8.8", 80, named)

"""Which addresses may be connected to: a pure function over `ipaddress`, no socket, no name lookup.

An address is judged in every form it has: an IPv4 address carried inside an IPv6 one (mapped, 6to4, Teredo,
NAT64) must be permitted itself, and so must the IPv6 address that carries it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What `is_global` of Python 3.11 lets through, and what must not depend on its version. IANA special-purpose
# address registries (RFC 6890) and RFC 6052, 7526, 3879, 8215, 9602, 9637.
_REFUSED: tuple[tuple[Network, str], ...] = tuple(
    (ipaddress.ip_network(text), kind)
    for text, kind in (
        ("0.0.0.0/8", "an unspecified"),
        ("10.0.0.0/8", "a private"),
        ("100.64.0.0/10", "a carrier's private"),
        ("127.0.0.0/8", "a loopback"),
        ("169.254.0.0/16", "a link-local"),
        ("172.16.0.0/12", "a private"),
        ("192.0.0.0/24", "a protocol"),
        ("192.0.2.0/24", "a documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "a private"),
        ("198.18.0.0/15", "a benchmarking"),
        ("198.51.100.0/24", "a documentation"),
        ("203.0.113.0/24", "a documentation"),
        ("224.0.0.0/4", "a multicast"),
        ("240.0.0.0/4", "a reserved"),
        ("::/128", "an unspecified"),
        ("::1/128", "a loopback"),
        ("::ffff:0:0/96", "an IPv4-mapped"),
        ("::/96", "an IPv4-compatible"),
        ("64:ff9b::/96", "a NAT64"),
        ("64:ff9b:1::/48", "a local NAT64"),
        ("100::/64", "a discard-only"),
        ("2001::/32", "a Teredo"),
        ("2001::/23", "a protocol"),
        ("2001:db8::/32", "a documentation"),
        ("2002::/16", "a 6to4"),
        ("3fff::/20", "a documentation"),
        ("5f00::/16", "a segment routing"),
        ("fc00::/7", "a private"),
        ("fe80::/10", "a link-local"),
        ("fec0::/10", "a site-local"),
        ("ff00::/8", "a multicast"),
    )
)
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


@dataclass(frozen=True, slots=True)
class Allowance:
    """One entry of `allow_private`: a network, and the one port it is for (None: every port)."""

    network: Network
    port: int | None = None

    def covers(self, address: Address, port: int) -> bool:
        """Tell whether the entry names this address and port."""
        return (self.port is None or self.port == port) and address in self.network


@lru_cache(maxsize=256)
def parse_allowances(entries: tuple[str, ...]) -> tuple[Allowance, ...]:
    """Read `allow_private`: `10.0.0.0/8`, `127.0.0.1:8900`, `fd00::/8`, `[::1]:8000`, `[fd00::/8]:80`.

    Raises: ValueError with a sentence that names the entry.
    """
    return tuple(_parse_allowance(entry) for entry in entries)


@lru_cache(maxsize=4096)
def parse_address(text: str) -> Address | None:
    """Return an address as `ipaddress` has it; None if it is none, such as a name."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def refusal(address: str, port: int, allowances: Iterable[Allowance] = ()) -> str:
    """Return why an address may not be connected to, or an empty string when it may.

    Args:
        address: as `getaddrinfo` gives it; an IPv6 scope (`%eth0`) makes it link-local and is refused.
    Returns: a few words that go after "is": `a loopback address`.
    """
    parsed = parse_address(address)
    if parsed is None:
        return "no IP address"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.scope_id:
        return "an address with a scope"
    listed = tuple(allowances)
    for form, kind in _judged(parsed):
        if kind and not any(allowance.covers(form, port) for allowance in listed):
            return f"{kind} address" if form == parsed else f"{kind} address inside ({form})"
    return ""


def is_allowed(address: str, port: int, allowances: Iterable[Allowance]) -> bool:
    """Tell whether `allow_private` names this very address and port."""
    parsed = parse_address(address.partition("%")[0])
    return parsed is not None and any(allowance.covers(parsed, port) for allowance in allowances)


def _parse_allowance(entry: str) -> Allowance:
    text = entry.strip()
    host, port_text = text, ""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"allow_private: {entry!r} has no closing bracket before its port")
        port_text = rest[1:] if rest else ""
        if rest == ":":
            raise ValueError(f"allow_private: {entry!r} has an empty port")
    elif text.count(":") == 1:
        host, _, port_text = text.partition(":")
        if not port_text:
            raise ValueError(f"allow_private: {entry!r} has an empty port")
    if port_text and not (port_text.isascii() and port_text.isdigit() and 0 < int(port_text) < 65536):
        raise ValueError(f"allow_private: {entry!r} has no port between 1 and 65535")
    try:
        network = ipaddress.ip_network(host, strict=False)
    except ValueError as error:
        raise ValueError(f"allow_private: {entry!r} is neither an address nor a network") from error
    return Allowance(network, int(port_text) if port_text else None)


@lru_cache(maxsize=4096)
def _judged(address: Address) -> tuple[tuple[Address, str], ...]:
    """Return the forms of an address, each with why it is not public: thirty networks to compare it with."""
    return tuple((form, _kind(form)) for form in _forms(address))


def _forms(address: Address) -> tuple[Address, ...]:
    """Return the address and every IPv4 address that travels inside it."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    inside: list[Address] = [address]
    if address.ipv4_mapped is not None:
        inside.append(address.ipv4_mapped)
    if address.sixtofour is not None:
        inside.append(address.sixtofour)
    if address.teredo is not None:
        inside.extend(address.teredo)
    if any(address in network for network in _NAT64):
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return tuple(inside)


def _kind(address: Address) -> str:
    for network, kind in _REFUSED:
        if address in network:
            return kind
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return "a reserved"
    if not address.is_global or address.is_multicast or address.is_reserved:
        return "a non-public"
    return ""

"""Whose a host is: the domain that shares one budget, by the Public Suffix List. Nothing is asked."""

from __future__ import annotations

import functools
import ipaddress

from publicsuffixlist import PublicSuffixList

_PRIVATE_SUFFIXES = ("localhost", "local", "internal", "lan", "home.arpa", "home", "corp", "intranet", "test")


def registrable_domain(host: str) -> str:
    """Return the domain whose owner answers for a host; empty if private or an IP."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        pass
    else:
        return ""
    if any(host == suffix or host.endswith(f".{suffix}") for suffix in _PRIVATE_SUFFIXES):
        return ""
    labels = host.split(".")
    if found := _suffixes().privatesuffix(".".join(map(_as_listed, labels))):
        return ".".join(labels[-found.count(".") - 1 :])
    # A public suffix itself (github.io) may hold a page too; a name without a dot is of the local network.
    return host if "." in host else ""


@functools.cache
def _suffixes() -> PublicSuffixList:
    # Its names in IDNA too would take 0.03 s at every start, more than the rest of it.
    return PublicSuffixList(accept_encoded_idn=False)


def _as_listed(label: str) -> str:
    """Return a part of a host as the list writes it, in Unicode."""
    try:
        return label.encode("ascii").decode("idna") if label.startswith("xn--") else label
    except UnicodeError:
        return label

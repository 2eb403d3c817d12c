"""How often an address may try passwords: twenty at once, then one every half minute. Pure.

Who has used them up is refused unheard, so that guessing gets nowhere. What has opened something for an
address before goes on to do so: a reader at work is not locked out by who shares its address.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import TypeVar

FREE = 20
REGAINED_AFTER = timedelta(seconds=30)
KEPT = 10_000
"""Addresses that are remembered, and credentials; the least recently used make room."""
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_SITE_BITS = 64
"""An IPv6 customer has at least so large a network (RFC 6177)."""


class Attempts:
    """The tries of each address. Safe in threads."""

    def __init__(self) -> None:
        self._regained_at: OrderedDict[str, datetime] = OrderedDict()
        self._opened: OrderedDict[tuple[str, bytes], None] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str, credentials: str, now: datetime) -> int:
        """Use up a try; return 0, or after how many seconds there is one."""
        with self._lock:
            if self._knows(address, credentials):
                return 0
            regained_at = max(self._regained_at.get(address, now), now)
            wait = regained_at - (FREE - 1) * REGAINED_AFTER - now
            if wait > timedelta(0):
                return math.ceil(wait.total_seconds())
            self._regained_at[address] = regained_at + REGAINED_AFTER
            _make_room(self._regained_at, address)
            return 0

    def opened(self, address: str, credentials: str, *, by_token: bool = False) -> None:
        """Give the try back: it was none in vain. What was opened by a token says nothing of credentials."""
        with self._lock:
            if not self._knows(address, credentials) and address in self._regained_at:
                self._regained_at[address] -= REGAINED_AFTER
            if by_token:
                return
            known = address, _digest(credentials)
            self._opened[known] = None
            _make_room(self._opened, known)

    def _knows(self, address: str, credentials: str) -> bool:
        return (address, _digest(credentials)) in self._opened


def address_of(peer: str, forwarded_for: str | None) -> str:
    """Return whom a request counts for: its peer, or who the proxy on this machine says it is for.

    The last of X-Forwarded-For is what the proxy itself saw; those before it, who asks may have made up.
    """
    try:
        seen = ipaddress.ip_address(peer)
        if seen.is_loopback and forwarded_for:
            seen = ipaddress.ip_address(forwarded_for.rpartition(",")[2].strip())
    except ValueError:
        return peer
    if isinstance(seen, ipaddress.IPv6Address):
        return str(seen.ipv4_mapped or ipaddress.ip_network((seen, _SITE_BITS), strict=False))
    return str(seen)


def _digest(credentials: str) -> bytes:
    return hashlib.sha256(credentials.encode("utf-8", "replace")).digest()


def _make_room(kept: OrderedDict[_Key, _Value], newest: _Key) -> None:
    kept.move_to_end(newest)
    while len(kept) > KEPT:
        kept.popitem(last=False)

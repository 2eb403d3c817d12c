"""Tries of passwords: bounded for each address, in memory that is bounded too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedhub.web import attempts
from feedhub.web.attempts import FREE, REGAINED_AFTER, Attempts, address_of
from tests.conftest import NOW

SECOND = timedelta(seconds=1)


def used_up() -> Attempts:
    """Return tries of which the address `a` has none left."""
    tries = Attempts()
    assert [tries.take("a", f"me:{number}", NOW) for number in range(FREE)] == [0] * FREE
    return tries


def test_tries_come_back_one_by_one() -> None:
    """Half a minute after the last one there is one more, and a day later as many as in the beginning."""
    tries = used_up()
    assert tries.take("a", "me:x", NOW) == 30
    assert tries.take("a", "me:x", NOW + REGAINED_AFTER - SECOND) == 1
    assert tries.take("a", "me:x", NOW + REGAINED_AFTER) == 0
    assert tries.take("a", "me:y", NOW + REGAINED_AFTER) == 30
    later = NOW + timedelta(days=1)
    assert [tries.take("a", "me:x", later) for _ in range(FREE + 1)] == [0] * FREE + [30]


def test_another_address_has_its_own() -> None:
    """Nobody is locked out by who is elsewhere."""
    assert used_up().take("b", "me:x", NOW) == 0


def test_what_opens_costs_nothing() -> None:
    """The right password is no try, however often it comes, and works when there are none left."""
    tries = Attempts()
    for _ in range(3 * FREE):
        assert tries.take("a", "me:right", NOW) == 0
        tries.opened("a", "me:right")
    assert [tries.take("a", f"me:{number}", NOW) for number in range(FREE + 1)] == [0] * FREE + [30]
    assert tries.take("a", "me:right", NOW) == 0
    assert tries.take("b", "me:right", NOW) == 0


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many addresses ask, some are kept."""
    monkeypatch.setattr(attempts, "KEPT", 10)
    tries = used_up()
    for number in range(100):
        tries.take(f"b{number}", "me:x", NOW)
        tries.opened(f"b{number}", "me:x")
    assert (len(tries._regained_at), len(tries._opened)) == (10, 10)


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.7", None, "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", None, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", None, "203.0.113.7"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("", None, ""),
    ],
)
def test_whom_a_try_counts_for(peer: str, forwarded: str | None, expected: str) -> None:
    """The peer, and behind a proxy on this machine whom that has seen; one network of IPv6 is one."""
    assert address_of(peer, forwarded) == expected

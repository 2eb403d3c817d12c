"""The watchdog by itself: whom it shuts down, and when its thread is there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from feedhub.fetcher.watchdog import Watchdog


@pytest.fixture
def watchdog() -> Iterator[Watchdog]:
    started = Watchdog()
    yield started
    started.close()


def dogs() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "fetch-watchdog"}


def test_thread_is_there_while_requests_are(watchdog: Watchdog) -> None:
    """It ends once the time of every request is past, and the next request starts another."""
    before = dogs()
    for _ in range(2):
        with watchdog.start(0.15):
            (thread,) = dogs() - before
        thread.join(5)
        assert not thread.is_alive()


def test_connection_is_shut_down_when_the_time_is_up(watchdog: Watchdog) -> None:
    """Whoever reads wakes at once, though only a duplicate was shut; the socket is left to its owner."""
    ours, theirs = socket.socketpair()
    with ours, theirs, watchdog.start(0.05) as deadline:
        deadline.watch(ours)
        assert ours.recv(1) == b""
        assert deadline.expired
        assert deadline.remaining() == 0.0
        assert ours.fileno() > 0


def test_connection_that_comes_too_late_is_shut_down(watchdog: Watchdog) -> None:
    """A connection that stands after the time is up is of no use any more."""
    ours, theirs = socket.socketpair()
    with ours, theirs, watchdog.start(25) as deadline:
        watchdog.close()
        deadline.watch(ours)
        assert ours.recv(1) == b""


def test_connection_that_was_let_go_is_left_alone(watchdog: Watchdog) -> None:
    """What is guarded no more is neither shut down nor held open."""
    ours, theirs = socket.socketpair()
    with theirs, watchdog.start(25) as deadline:
        with ours:
            deadline.watch(ours)
            deadline.let_go()
            watchdog.close()
            theirs.sendall(b"x")
            assert ours.recv(1) == b"x"
        assert theirs.recv(1) == b""


def test_thread_that_could_not_start_is_tried_again(
    watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system has no room for a thread one request fails, and the next is watched."""

    def full(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(threading.Thread, "start", full)
        watchdog.start(25)
    ours, theirs = socket.socketpair()
    with ours, theirs, watchdog.start(0.05) as deadline:
        ours.settimeout(5)
        deadline.watch(ours)
        assert ours.recv(1) == b""


def test_close_ends_what_is_in_flight_and_leaves_a_watchdog_that_works(watchdog: Watchdog) -> None:
    """Closing twice, in between and before anything was started does no harm."""
    watchdog.close()
    with watchdog.start(25) as first:
        watchdog.close()
        assert first.expired
    with watchdog.start(25) as second:
        assert not second.expired
        watchdog.close()
        watchdog.close()
        assert second.expired

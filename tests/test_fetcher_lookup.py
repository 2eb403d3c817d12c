"""The threads in which names become addresses."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from feedhub.fetcher.lookup import Lookups


class Names:
    """A `getaddrinfo` that tells in which thread it was asked; `held` waits until it is let go."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.go = threading.Event()

    def __call__(self, host: str, port: int, *kind: int) -> list[tuple[Any, ...]]:
        assert kind == (socket.AF_UNSPEC, socket.SOCK_STREAM)
        self.threads.append(threading.current_thread())
        if host == "unknown":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        if host == "held":
            self.go.wait(10)
        return [(host, port)]


@pytest.fixture
def names() -> Iterator[Names]:
    given = Names()
    yield given
    given.go.set()


def test_thread_is_kept_for_the_next_name(names: Names) -> None:
    """One thread resolves name after name, also after one that does not exist, and ends with `close`."""
    lookups = Lookups(names)
    assert lookups.find("a", 80, 5) == [("a", 80)]
    assert isinstance(lookups.find("unknown", 80, 5), socket.gaierror)
    assert lookups.find("b", 443, 5) == [("b", 443)]
    first = names.threads[0]
    assert names.threads == [first] * 3
    assert first is not threading.current_thread()
    assert first.daemon
    lookups.close()
    first.join(5)
    assert not first.is_alive()
    assert lookups.find("c", 80, 5) == [("c", 80)]
    lookups.close()


def test_threads_without_a_name_end(names: Names) -> None:
    """Where nothing has been looked up for a while no thread is left; the next name starts one."""
    lookups = Lookups(names, idle_s=0.001)
    for asked in (1, 2):
        assert lookups.find("a", 80, 5) == [("a", 80)]
        names.threads[-1].join(5)
        assert not names.threads[-1].is_alive()
        assert len(set(names.threads)) == asked


def test_name_server_that_hangs_holds_up_no_other_name(names: Names) -> None:
    """A lookup is given up in time; another name has its own thread, and nobody gets a late answer."""
    lookups = Lookups(names)
    with pytest.raises(queue.Empty):
        lookups.find("held", 80, 0.01)
    assert lookups.find("a", 80, 5) == [("a", 80)]
    names.go.set()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: lookups.find(f"h{n}", n, 5), range(100)))
    assert found == [[(f"h{n}", n)] for n in range(100)]
    lookups.close()

"""The process behind the tolerant path: its bounds, its death, and who waits for whom."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from feedhub.errors import ParseError
from feedhub.parser import parse, tolerant
from feedhub.parser.tolerant import Bounds, Pool

BROKEN = (
    b"<rss version='2.0'><channel><title>t</title>"
    b"<item><title>a <b>b</title><guid>1</guid></item></channel></rss>"
)
SLOW = (
    b"<rss><channel><item>"
    + b"".join(b"<category>c%d</category>" % n for n in range(30_000))
    + b"</item></channel></rss>"
)


@pytest.fixture
def pool() -> Pool:
    return Pool(Bounds(seconds=20.0))


def children(pool: Pool) -> list[int]:
    return [child.pid for child in pool._idle]


def test_a_child_serves_one_document_after_another(pool: Pool) -> None:
    """It is started when first needed and kept."""
    assert children(pool) == []
    first = pool.read(BROKEN, "utf-8", "https://feeds.example/")
    [pid] = children(pool)
    assert pool.read(BROKEN, "utf-8", "https://feeds.example/") == first
    assert children(pool) == [pid]
    assert first.entries[0].id == "1"
    pool.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_document_that_takes_too_long_ends_its_child_alone() -> None:
    """The wall clock is kept, the child killed, and the next document gets a new one."""
    pool = Pool(Bounds(seconds=1.5))
    start = time.perf_counter()
    with pytest.raises(ParseError) as refused:
        pool.read(SLOW, "utf-8", "")
    assert refused.value.reason == "timeout"
    assert time.perf_counter() - start < 4.0
    assert children(pool) == []
    assert pool.read(BROKEN, "utf-8", "").entries
    pool.close()


def test_memory_is_bounded() -> None:
    """A document that needs more than the child may have is refused."""
    pool = Pool(Bounds(seconds=20.0, memory=180 << 20))
    body = b"<rss><channel><item><title>" + b"T" * 7_000_000 + b"<b></title></item></channel></rss>"
    with pytest.raises(ParseError) as refused:
        pool.read(body * 8, "utf-8", "")
    assert refused.value.reason == "memory"
    pool.close()


def test_a_child_that_died_is_replaced(pool: Pool) -> None:
    """A killed child costs nothing but the start of another."""
    pool.read(BROKEN, "utf-8", "")
    [pid] = children(pool)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert pool.read(BROKEN, "utf-8", "").entries
    assert children(pool) != [pid]
    pool.close()


def test_a_slow_document_delays_no_well_formed_one() -> None:
    """The fast path waits for nobody."""
    pool = Pool(Bounds(seconds=2.0))

    def wait() -> None:
        with pytest.raises(ParseError):
            pool.read(SLOW, "utf-8", "")

    waiting = threading.Thread(target=wait)
    waiting.start()
    start = time.perf_counter()
    for _ in range(20):
        parse(b"<rss><channel><item/></channel></rss>")
    assert time.perf_counter() - start < 1.0
    assert waiting.is_alive()
    waiting.join()
    pool.close()


def test_threads_share_the_children(pool: Pool) -> None:
    """However many threads ask, at most two children run, and each thread gets its own answer."""
    documents = [BROKEN.replace(b">1<", b">%d<" % n) for n in range(8)]
    answers: dict[int, str] = {}

    def ask(number: int) -> None:
        answers[number] = pool.read(documents[number], "utf-8", "").entries[0].id

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(documents))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: str(number) for number in range(len(documents))}
    assert len(children(pool)) <= 2
    pool.close()


def test_nobody_waits_longer_for_a_turn_than_is_good_for_a_lease() -> None:
    """Where other broken documents hold the children too long, the next one is refused and says why."""
    pool = Pool(Bounds(seconds=2.0, patience=0.2, children=1))

    def hold() -> None:
        with pytest.raises(ParseError):
            pool.read(SLOW, "utf-8", "")

    holding = threading.Thread(target=hold)
    holding.start()
    while pool._turns._value:
        os.sched_yield()
    with pytest.raises(ParseError, match="came first for") as refused:
        pool.read(BROKEN, "utf-8", "")
    assert refused.value.reason == "busy"
    holding.join()
    assert pool.read(BROKEN, "utf-8", "").entries
    pool.close()


def _ids_in_a_worker(body: bytes) -> list[str]:
    return [entry.id for entry in parse(body).entries]


def test_it_works_inside_a_daemonic_worker_process() -> None:
    """Worker processes, which may have no multiprocessing children, read broken feeds too."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as workers:
        assert workers.apply(_ids_in_a_worker, (BROKEN,)) == ["1"]


def test_the_child_ends_with_its_parent() -> None:
    """A parent killed outright leaves no process behind."""
    reader, writer = multiprocessing.get_context("spawn").Pipe(duplex=False)
    parent = multiprocessing.get_context("spawn").Process(target=_tell_child, args=(writer,))
    parent.start()
    pid = reader.recv()
    parent.kill()
    parent.join()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        if _is_zombie(pid):
            break
    else:
        pytest.fail("the child outlived its parent")


def _tell_child(writer: multiprocessing.connection.Connection) -> None:
    parse(BROKEN)
    writer.send(tolerant._POOL._idle[0].pid)
    writer.close()
    signal.pause()


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True

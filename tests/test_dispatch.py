"""Where polls run."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from feedhub.dispatch import Inline, Poll, Processes, Threads, WorkerLost
from feedhub.model import Claim, Feed, FeedState, PollResult
from feedhub.ports import Dispatcher
from tests.times import NOW

FEED = Feed(id="f", url="https://a.example/", category="news")
CLAIM = Claim(feed_id="f", token="t", state=FeedState(feed_id="f", url=FEED.url))


def result(feed: Feed, claim: Claim) -> PollResult:
    return PollResult(feed.id, "unchanged", claim.state, next_poll_at=NOW, polled_at=NOW)


def broken(feed: Feed, claim: Claim) -> PollResult:
    raise ZeroDivisionError


def make_result() -> Poll:
    return result


def make_broken() -> Poll:
    return broken


def make_fatal() -> Poll:
    return lambda feed, claim: os._exit(9)


@pytest.mark.parametrize(
    "dispatcher",
    [
        lambda make: Inline(make()),
        lambda make: Threads(make, 2),
        lambda make: Processes(make, 1, 2),
    ],
)
def test_a_result_or_the_bug_arrives(dispatcher: Callable[[Callable[[], Poll]], Dispatcher]) -> None:
    """Every dispatcher hands back what the poll returned, or what it raised."""
    works, fails = dispatcher(make_result), dispatcher(make_broken)
    assert works.submit(FEED, CLAIM).result(20) == result(FEED, CLAIM)
    bug = fails.submit(FEED, CLAIM).exception(20)
    assert "ZeroDivisionError" in f"{type(bug).__name__}: {bug}"
    works.close()
    fails.close()


def test_threads_run_side_by_side() -> None:
    """Two polls that wait for each other both end."""
    together = threading.Barrier(2, timeout=5)

    def meet(feed: Feed, claim: Claim) -> PollResult:
        together.wait()
        return result(feed, claim)

    dispatcher = Threads(lambda: meet, 2)
    futures = [dispatcher.submit(FEED, CLAIM) for _ in range(2)]
    assert [future.result(20).feed_id for future in futures] == ["f", "f"]
    dispatcher.close()


def test_a_dead_worker_is_replaced() -> None:
    """A process that dies fails its polls, and the next poll finds another process."""
    dispatcher = Processes(make_fatal, 1, 1)
    assert isinstance(dispatcher.submit(FEED, CLAIM).exception(20), WorkerLost)
    dispatcher.renew(make_result)
    assert dispatcher.submit(FEED, CLAIM).result(20).feed_id == "f"
    dispatcher.close()


def unsendable(feed: Feed, claim: Claim) -> PollResult:
    return replace(result(feed, claim), error=threading.Lock())  # type: ignore[arg-type]  # as a step may


def make_unsendable() -> Poll:
    return unsendable


def test_a_worker_that_does_not_end_is_killed() -> None:
    """Closing waits for no process that is stuck, a forked one (only without other threads) included."""
    script = """
import os, signal
from feedhub import dispatch
dispatch.ENDS_S = 0.1
processes = dispatch.Processes(lambda: None, 1, 1)
os.kill(processes._workers[0]._process.pid, signal.SIGSTOP)
processes.close()
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=20, check=False).returncode == 0


def test_what_cannot_be_sent_is_that_polls_bug() -> None:
    """A result that no pipe takes fails its own poll, and the process goes on."""
    dispatcher = Processes(make_unsendable, 1, 1)
    assert "cannot be sent" in str(dispatcher.submit(FEED, CLAIM).exception(20))
    dispatcher.renew(make_result)
    assert dispatcher.submit(FEED, CLAIM).result(20).feed_id == "f"
    dispatcher.close()

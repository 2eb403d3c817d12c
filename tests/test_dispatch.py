"""Where polls run."""

from __future__ import annotations

import threading

import pytest

from feedhub.dispatch import Inline, Threads
from feedhub.model import Claim, Feed, FeedState, PollResult
from tests.conftest import NOW

FEED = Feed(id="f", url="https://a.example/", category="news")
CLAIM = Claim(feed_id="f", token="t", state=FeedState(feed_id="f", url=FEED.url))


def result(feed: Feed, claim: Claim) -> PollResult:
    return PollResult(feed.id, "unchanged", claim.state, next_poll_at=NOW, polled_at=NOW)


def broken(feed: Feed, claim: Claim) -> PollResult:
    raise ZeroDivisionError


@pytest.mark.parametrize("dispatcher", [Inline, lambda poll: Threads(poll, 2)])
def test_a_result_or_the_bug_arrives(dispatcher) -> None:  # type: ignore[no-untyped-def]
    """Every dispatcher hands back what the poll returned, or what it raised."""
    works, fails = dispatcher(result), dispatcher(broken)
    assert works.submit(FEED, CLAIM).result(5) == result(FEED, CLAIM)
    assert isinstance(fails.submit(FEED, CLAIM).exception(5), ZeroDivisionError)
    works.close()
    fails.close()


def test_threads_run_side_by_side() -> None:
    """Two polls that wait for each other both end."""
    together = threading.Barrier(2, timeout=5)

    def meet(feed: Feed, claim: Claim) -> PollResult:
        together.wait()
        return result(feed, claim)

    dispatcher = Threads(meet, 2)
    futures = [dispatcher.submit(FEED, CLAIM) for _ in range(2)]
    assert [future.result(5).feed_id for future in futures] == ["f", "f"]
    dispatcher.close()

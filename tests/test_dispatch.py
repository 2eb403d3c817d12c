"""Where polls run."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from feedhub.dispatch import Inline, Poll, Processes, Threads, WorkerLost, process, processes
from feedhub.dispatch.parcel import packed
from feedhub.model import (
    AllOf,
    Claim,
    Enclosure,
    Feed,
    FeedState,
    FetchOptions,
    Pattern,
    PollResult,
    Rule,
    Story,
)
from feedhub.ports import Dispatcher, Outcome
from feedhub.rules import compile_condition
from tests.sample_hub import make_entry
from tests.times import NOW

FEED = Feed(id="f", url="https://a.example/", category="news")
CLAIM = Claim(feed_id="f", token="t", state=FeedState(feed_id="f", url=FEED.url))


def polled(dispatcher: Dispatcher, *claims: Claim) -> dict[str, Outcome]:
    """Return what polls of the feed come to, by token; those of `told` at once came in one message."""
    outcomes: dict[str, Outcome] = {}
    ended = threading.Event()

    def landed(told: Sequence[tuple[str, Outcome]]) -> None:
        outcomes.update(told)
        if len(outcomes) == len(claims):
            ended.set()

    dispatcher.submit([(FEED, claim) for claim in claims], landed)
    assert ended.wait(20)
    return outcomes


def outcome(dispatcher: Dispatcher) -> Outcome:
    """Return what one poll comes to."""
    return polled(dispatcher, CLAIM)[CLAIM.token]


def claims(count: int) -> list[Claim]:
    return [replace(CLAIM, token=f"t{number}") for number in range(count)]


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
    assert outcome(works) == result(FEED, CLAIM)
    bug = outcome(fails)
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
    assert list(polled(dispatcher, *claims(2)).values()) == [result(FEED, CLAIM)] * 2
    dispatcher.close()


def test_polls_do_without_threads_for_which_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system starts no more threads those there are do the work; none at all is an error."""
    dispatcher = Threads(make_result, 2)
    assert len(polled(dispatcher, *claims(1))) == 1

    def full(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", full)
        assert len(polled(dispatcher, *claims(4))) == 4
        with pytest.raises(RuntimeError):
            Threads(make_result, 2).submit([(FEED, CLAIM)], lambda told: None)
    dispatcher.close()


def test_a_dead_worker_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies fails its polls, and the next poll finds another process: at once, but where one
    after the other dies before it has done anything."""
    dispatcher = Processes(make_fatal, 1, 1)
    pauses: list[float] = []
    monkeypatch.setattr(dispatcher._workers[0]._closing, "wait", pauses.append)
    assert isinstance(outcome(dispatcher), WorkerLost)
    assert isinstance(outcome(dispatcher), WorkerLost)
    dispatcher.renew(make_result)
    assert outcome(dispatcher) == result(FEED, CLAIM)
    dispatcher.renew(make_fatal)
    assert isinstance(outcome(dispatcher), WorkerLost)
    assert pauses == [0, processes.RETRY_S, 0]
    dispatcher.close()


def test_a_worker_is_replaced_once_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system takes no other process for a while, it is tried until it does: nothing is lost."""
    monkeypatch.setattr(processes, "RETRY_S", 0.01)
    failures: list[type[Exception]] = [OSError, RuntimeError]
    start = processes._Worker._start

    def crowded(worker: processes._Worker) -> None:
        if failures:
            raise failures.pop()
        start(worker)

    dispatcher = Processes(make_fatal, 1, 1)
    monkeypatch.setattr(processes._Worker, "_start", crowded)
    assert isinstance(outcome(dispatcher), WorkerLost)
    assert not failures
    dispatcher.close()


class Deadly:
    """Ends the process that reads it, with more behind it than a pipe takes."""

    def __init__(self) -> None:
        self.parts = _End(), b"x" * 1_000_000

    def __call__(self) -> Poll:
        raise AssertionError


class _End:
    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (9,)


def test_a_worker_that_dies_as_it_starts_holds_up_nobody() -> None:
    """A process that dies before it has read how polls are made is replaced like any other."""
    dispatcher = Processes(make_result, 1, 1)
    dispatcher.renew(Deadly())
    assert isinstance(outcome(dispatcher), WorkerLost)
    dispatcher.close()


def unsendable(feed: Feed, claim: Claim) -> PollResult:
    if claim.token == "t1":
        return replace(result(feed, claim), error=threading.Lock())  # type: ignore[arg-type]  # as a step may
    return result(feed, claim)


def make_unsendable() -> Poll:
    return unsendable


def hanging(feed: Feed, claim: Claim) -> PollResult:
    if claim.token == "t0":
        return result(feed, claim)
    threading.Event().wait()
    raise AssertionError


def make_hanging() -> Poll:
    return hanging


def test_a_worker_that_does_not_end_is_killed() -> None:
    """Closing waits for no process that is stuck, a forked one (only without other threads) included."""
    script = """
import os, signal
from feedhub.dispatch import processes as dispatch
dispatch.ENDS_S = 0.1
processes = dispatch.Processes(lambda: None, 1, 1)
os.kill(processes._workers[0]._process.pid, signal.SIGSTOP)
processes.close()
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=20, check=False).returncode == 0


def test_what_cannot_be_sent_is_that_polls_bug() -> None:
    """A result that no pipe takes fails its own poll; those beside it arrive, and the process goes on."""
    dispatcher = Processes(make_unsendable, 1, 2)
    outcomes = polled(dispatcher, *claims(4))
    assert "cannot be sent" in str(outcomes.pop("t1"))
    assert list(outcomes.values()) == [result(FEED, CLAIM)] * 3
    dispatcher.renew(make_result)
    assert outcome(dispatcher) == result(FEED, CLAIM)
    dispatcher.close()


def test_what_has_landed_waits_for_none_that_hangs() -> None:
    """A result is sent although all else that its process has to do hangs."""
    dispatcher = Processes(make_hanging, 1, 4)
    landed = threading.Event()
    dispatcher.submit([(FEED, claim) for claim in claims(4)], lambda told: landed.set())
    assert landed.wait(20)
    dispatcher.close()


def test_results_are_sent_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """One message has half of what a process owes; the last one has nothing to wait for."""
    monkeypatch.setattr(process, "HELD_S", 60)
    ours, theirs = multiprocessing.Pipe()
    outbox = process.Outbox(theirs)
    outbox.expect(4)
    sent = []
    for claim in claims(4):
        outbox.take([(claim.token, result(FEED, claim))])
        sent.append([token for token, _, _ in ours.recv()] if ours.poll() else [])
    assert sent == [[], ["t0", "t1"], ["t2"], ["t3"]]


RICH = Rule("r", compile_condition({"title": "/a+/"}), frozenset({"x"}), set=(("title", "b"),))


@pytest.mark.parametrize(
    "value",
    [
        replace(FEED, tags=frozenset({"a"}), rules=(RICH, RICH), fetch=FetchOptions(headers=(("a", "b"),))),
        replace(result(FEED, CLAIM), entries=(make_entry(enclosures=(Enclosure("https://a.example/"),)),)),
        [Story, make_result, Pattern("text", "x"), AllOf(()), {"a": (NOW, NOW)}, None],
    ],
)
def test_what_goes_through_a_pipe_comes_out_equal(value: object) -> None:
    """Dataclasses of every kind, and what is none, arrive as they were sent."""
    assert pickle.loads(packed(value)) == value

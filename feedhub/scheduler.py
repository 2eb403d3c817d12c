"""The daemon: APScheduler drives the few recurring things, signals end it.

Which feed is due is data in the store; nothing here knows a feed.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from feedhub.errors import FeedHubError

LOOK_UP_S = 0.5

log: structlog.stdlib.BoundLogger = structlog.get_logger("feedhub.scheduler")


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do again and again: never twice at once, missed turns are made up for by one."""

    name: str
    run: Callable[[], object]
    every: timedelta
    at_once: bool = True


@dataclass(frozen=True, slots=True)
class Pulse:
    """When a task last came to an end, and what kind of error it was if it failed then."""

    ended_at: datetime
    error: str = ""


class Daemon:
    """Runs its tasks until SIGTERM or SIGINT; SIGHUP runs `reload`. `pulses` are those of the tasks."""

    def __init__(self, tasks: tuple[Task, ...], reload: Callable[[], object]) -> None:
        self._tasks = tasks
        self._reload = reload
        # Its `put` is reentrant. An Event's lock may be held by the very thread that the signal interrupts:
        # the second of two signals in a row hung the daemon.
        self._signals: SimpleQueue[int] = SimpleQueue()
        self.pulses: dict[str, Pulse] = {}
        self._told: dict[str, str] = {}

    def run(self) -> None:
        """Start the tasks and wait; returns when asked to end, with no task started any more.

        A task that is running then goes on in its thread: whoever called `run` stops what it works on.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._note)
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(len(self._tasks) + 1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        now = datetime.now(UTC)
        for task in self._tasks:
            scheduler.add_job(
                self._turn,
                args=(task,),
                id=task.name,
                trigger="interval",
                seconds=task.every.total_seconds(),
                next_run_time=now if task.at_once else now + task.every,
            )
        scheduler.start()
        try:
            while not self._ends(self._next_signal()):
                pass
        finally:
            scheduler.shutdown(wait=False)

    def _turn(self, task: Task) -> None:
        self._told[task.name] = said = guarded(task, self._told.get(task.name, ""))
        self.pulses[task.name] = Pulse(datetime.now(UTC), said.partition(":")[0])

    def _note(self, number: int, _frame: FrameType | None) -> None:
        """Leave the signal for `run`: a handler must not do work."""
        self._signals.put(number)

    def _next_signal(self) -> int:
        """Wait for a signal. The kernel gives the second of two to another thread, which wakes nobody, and
        its handler runs in this one alone: so look up now and then."""
        while True:
            with suppress(Empty):
                return self._signals.get(timeout=LOOK_UP_S)

    def _ends(self, number: int) -> bool:
        """Do what a signal asks for; return whether it is to end."""
        if number != signal.SIGHUP:
            log.info("stopping", signal=signal.Signals(number).name)
            return True
        guarded(Task("reload", self._reload, timedelta(0)))
        return False


def guarded(task: Task, told: str = "") -> str:
    """Run a task; return its error's kind and words, empty if there was none. The next turn comes anyway.

    It is logged unless it was `told` the last time: a full disk would fill the log once a second. What is
    raised on purpose is a sentence, anything else a traceback.
    """
    try:
        task.run()
    except Exception as error:
        # The daemon's door: a full disk or a locked database must not end it.
        said = f"{type(error).__name__}: {error}"
        if said != told:
            bug = not isinstance(error, FeedHubError)
            log.error("task failed", task=task.name, error=str(error), exc_info=bug)
        return said
    if told:
        log.info("task works again", task=task.name)
    return ""

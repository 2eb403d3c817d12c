"""What the daemon says of its tasks, and what its log has of errors."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from feedhub.cli.context import Options
from feedhub.errors import StoreError
from feedhub.scheduler import Task, guarded


def task(*errors: Exception | None) -> Task:
    """Return a task that fails with one error after the other, where there is one."""
    turns = iter(errors)

    def run() -> None:
        if error := next(turns):
            raise error

    return Task("poll", run, timedelta(seconds=1))


def test_a_task_that_fails_again_says_so_once() -> None:
    """The same error is logged once, another one anew, and so is that the task works again."""
    full, locked = StoreError("the disk is full"), StoreError("locked")
    failing = task(full, full, locked, None, None)
    told = ""
    with capture_logs() as logs:
        for _ in range(5):
            told = guarded(failing, told)
    assert [(one["event"], one.get("error")) for one in logs] == [
        ("task failed", "the disk is full"),
        ("task failed", "locked"),
        ("task works again", None),
    ]
    assert not any(one.get("exc_info") for one in logs)
    assert guarded(task(full)) == "StoreError: the disk is full"


def test_a_bug_is_logged_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    """Where the log is no terminal the traceback is in the line: without it nobody could report a bug."""
    Options(config=None, verbose=False, quiet=False).start_log()
    guarded(task(KeyError("harbour")))
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert 'event="task failed" task=poll' in line
    assert "Traceback (most recent call last)" in line
    assert "in run" in line

"""What the log says on a terminal."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest
import structlog

from feedhub.cli.context import Options


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """What is logged on a terminal, by the command's own settings."""
    before = structlog.get_config()
    monkeypatch.setattr(sys, "stderr", Terminal())
    Options().start_log()
    yield sys.stderr
    structlog.configure(**before)


def test_a_bugs_traceback_shows_no_value(terminal: Terminal) -> None:
    """Where it happened and what went wrong, but not what variables held: that may be a password."""
    password = "correct horse"
    try:
        len(password, 1)  # type: ignore[call-arg]
    except TypeError:
        structlog.get_logger().exception("a bug")
    said = terminal.getvalue()
    assert "a bug" in said and "TypeError" in said and "test_cli_log.py" in said
    assert "correct horse" not in said.replace('password = "correct horse"', "")

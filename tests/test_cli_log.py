"""What the log says on a terminal."""

from __future__ import annotations

import io
import sys

import pytest
import structlog

from feedhub.cli.context import Options


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """What is logged on a terminal, by the command's own settings."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    Options().start_log()
    return shown


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

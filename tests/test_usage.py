"""What the command line says to who holds it the wrong way round."""

from __future__ import annotations

import socket

import pytest
import typer
from typer.testing import CliRunner

from feedhub.cli.main import app
from feedhub.errors import UsageError

RUNNER = CliRunner()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["poll", "-c", "x.yaml"], "-c stands before the command: feedhub -c FILE poll"),
        (["run", "--verbose"], "--verbose stands before the command: feedhub --verbose run"),
        (["stat"], "No such command 'stat'. Did you mean 'status'"),
        (["demo", "--port", "70000"], "Invalid value for '--port'"),
    ],
)
def test_a_wrong_order_is_told_with_the_right_one(typed: list[str], expected: str) -> None:
    """An option of all commands behind one, a name cut short, a port that there is not."""
    answer = RUNNER.invoke(app, typed)
    assert answer.exit_code == 2
    assert expected in answer.output


def test_help_is_asked_for_in_the_short_way_too() -> None:
    """-h is --help, of the whole and of each command."""
    assert RUNNER.invoke(app, ["-h"]).output == RUNNER.invoke(app, ["--help"]).output
    assert "Usage: " in RUNNER.invoke(app, ["opml", "export", "-h"]).output


def test_the_port_of_the_demo_is_said_where_it_is_given() -> None:
    """A port that is taken is told at once, with the option that names another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = RUNNER.invoke(app, ["demo", "--port", str(port)])
    assert isinstance(answer.exception, UsageError)
    assert str(answer.exception) == (
        f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another with --port"
    )


@pytest.mark.parametrize("query", ["-title:x", "-host:example.org OR rust"])
def test_a_query_may_begin_with_a_minus(query: str) -> None:
    """What is no option of test-rule is what it is asked for."""
    asked = typer.main.get_command(app).commands["test-rule"].make_context("", [query, "--limit", "3"])  # type: ignore[attr-defined]
    assert (asked.params["query"], asked.params["limit"]) == (query, 3)

"""The one exception tree of FeedHub.

    FeedHubError
    ├── ConfigError      the YAML (or a command's argument) is wrong; carries every problem at once
    ├── ParseError       a document is no feed that can be read
    ├── StoreError       the database refused or cannot be used
    └── UsageError       a command was asked for what it cannot do

A feed that cannot be fetched or parsed is not an exception outside its own room: it is a value in a
`PollResult`. Only what ends a command travels as an exception.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class FeedHubError(Exception):
    """Base of everything FeedHub raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a configuration, with its place.

    `line` and `column` count from 1; 0 means that the place is not in a file (an environment variable).
    `path` is where it stands in the structure: `categories.python.feeds[2].url`.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class ConfigError(FeedHubError):
    """The configuration is wrong; `problems` lists every mistake found, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class ParseError(FeedHubError):
    """A document cannot be read as a feed; `reason` is a short stable code, the text says more.

    Reasons: `empty`, `html` (a page instead of a feed), `not-a-feed`, `too-complex`, `timeout`, `busy` (no
    turn in time among other broken documents), `memory`, `malformed`.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class StoreError(FeedHubError):
    """The store cannot be opened, is of another version, is locked too long, or is full."""


class UsageError(FeedHubError):
    """A command was asked for something that does not exist or cannot be done."""

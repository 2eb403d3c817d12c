"""Titles in capitals: `{use: shout, mark: '!'}`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from feedhub.model import Entry
from feedhub.ports import Step, StepContext


def shout(mark: str = "!") -> Step:
    """Return a step that writes titles in capitals, with a mark behind them."""

    def step(entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        return [replace(entry, title=entry.title.upper() + mark) for entry in entries]

    return step

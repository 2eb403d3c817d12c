"""Words that commands share."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 feed`, `2 feeds`."""
    return f"{number} {one if number == 1 else many or one + 's'}"

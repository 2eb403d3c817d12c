"""Which of a feed's dates to believe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
"""Before it are the zero dates of broken clocks and empty database fields."""
TOLERANCE = timedelta(days=1)
"""How far ahead a date may be: a wrong zone is less than a day."""


def believe(moment: datetime | None, policy: str, now: datetime) -> tuple[datetime | None, str]:
    """Return the date to keep, if any, and what was wrong with it.

    `policy` says what becomes of a date more than TOLERANCE ahead: `clamp` makes it `now`, `ignore` drops it.
    """
    if moment is None:
        return None, ""
    if moment < EARLIEST:
        return None, "dated before 1971: the date is left out"
    if moment <= now + TOLERANCE:
        return moment, ""
    if policy == "clamp":
        return now, "dated in the future: taken as of now"
    return None, "dated in the future: the date is left out"

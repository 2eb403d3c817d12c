"""When a digest comes: instants in a zone of the tz database, days with another clock included. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feedhub.model import Digest


def latest(digest: Digest, now: datetime) -> datetime:
    """Return the instant, in UTC, at which a digest was due last; it may be now."""
    return max(at for at in _around(digest, now) if at <= now)


def following(digest: Digest, now: datetime) -> datetime:
    """Return the instant, in UTC, at which a digest is due next."""
    return min(at for at in _around(digest, now) if at > now)


def day_of(digest: Digest, at: datetime) -> date:
    """Return the date that an instant has where the digest is read."""
    return at.astimezone(ZoneInfo(digest.timezone)).date()


def _around(digest: Digest, now: datetime) -> Iterator[datetime]:
    """Yield the instants of more than a week around now.

    A time that the clocks leave out counts as if they did not, one that they strike twice is the first.
    """
    zone = ZoneInfo(digest.timezone)
    today = now.astimezone(zone).date()
    for offset in range(-8, 9):
        day = today + timedelta(days=offset)
        if digest.weekday is None or day.weekday() == digest.weekday:
            yield datetime.combine(day, time(digest.hour, digest.minute), zone).astimezone(UTC)

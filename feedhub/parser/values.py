"""Small values that feeds write as text: numbers, durations, names of days."""

from __future__ import annotations

import re
from datetime import timedelta

_WHOLE = re.compile(r"[0-9]{1,18}")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,5}")
_CLOCK = re.compile(r"[0-9]{1,9}(?::[0-9]{1,4}){0,2}(?:\.[0-9]{1,9})?")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST_MINUTES = 60 * 24 * 365


def whole_number(text: str | None) -> int | None:
    """Return a number of bytes or the like, `1,234` as well as `1234`; None where it is none."""
    text = (text or "").strip()
    if _WHOLE.fullmatch(text):
        return int(text)
    return int(text.replace(",", "")) if _GROUPED.fullmatch(text) else None


def seconds(text: str | None) -> int | None:
    """Return a duration written as seconds, MM:SS or HH:MM:SS (itunes:duration, media:content)."""
    found = milliseconds(text)
    return None if found is None else found // 1000


def milliseconds(text: str | None) -> int | None:
    """Return the same to the thousandth: `187.25`, `03:07.250` (Podlove Simple Chapters)."""
    text = (text or "").strip()
    if not _CLOCK.fullmatch(text):
        return None
    clock, _, fraction = text.partition(".")
    total = 0
    for part in clock.split(":"):
        total = total * 60 + int(part)
    return total * 1000 + int(fraction[:3].ljust(3, "0"))


def minutes(text: str | None) -> timedelta | None:
    """Return an RSS `ttl`; None where it is none, or senseless."""
    number = whole_number(text)
    return timedelta(minutes=number) if number and number <= _LONGEST_MINUTES else None


def update_period(period: str, frequency: str) -> timedelta | None:
    """Return how far apart a feed says its updates are: sy:updatePeriod over sy:updateFrequency."""
    span = _PERIODS.get(period.strip().lower())
    if span is None:
        return None
    return span / max(whole_number(frequency) or 1, 1)


def hour(text: str) -> int | None:
    """Return an hour of RSS `skipHours`, 0-23; 24 is midnight in RSS 0.91."""
    number = whole_number(text)
    return number % 24 if number is not None and number <= 24 else None


def weekday(text: str) -> int | None:
    """Return a day of RSS `skipDays`, Monday 0."""
    name = text.strip().lower()
    return _DAYS.index(name) if name in _DAYS else None

"""Numbers, dates and spans of time as conditions compare them: `>300`, `<2d`, `2026-01..2026-03`. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

COUNTS = ("words", "sources")
QUANTITIES = (*COUNTS, "published", "age")


class Interval(NamedTuple):
    """At least `low`, less than `high`; None is no bound."""

    low: float | None
    high: float | None


def read_interval(field: str, text: str) -> Interval:
    """Read what a quantity is compared with: a value, `>`, `>=`, `<`, `<=` or `=` before one, or `FROM..TO`
    with both ends included.

    Counts are whole numbers, an age a duration, `published` a year, month, day or instant (UTC unless it
    names an offset), which stands for all of it. Raises ValueError with a sentence.
    """
    first, dots, last = text.partition("..")
    if dots:
        return Interval(_span(field, first.strip())[0], _span(field, last.strip())[1])
    found = re.fullmatch(r"\s*(>=|<=|>|<|=)?\s*([^\s<>=].*?)\s*", text)
    if found is None:
        raise ValueError(f"{field} is compared with a value: {_EXAMPLES[field]}")
    sign, value = found.groups()
    start, end = _span(field, value)
    match sign:
        case ">=":
            return Interval(start, None)
        case ">":
            return Interval(end, None)
        case "<":
            return Interval(None, start)
        case "<=":
            return Interval(None, end)
    if field == "age":
        raise ValueError(f"an age is younger or older than something: '<{value}' or '>{value}'")
    return Interval(start, end)


_EXAMPLES = {
    "words": "'>300', '<=50', '100..500'",
    "sources": "'>=3', 2",
    "published": "'>=2026-01-01', 2026-01, '2026-01..2026-03'",
    "age": "'<2d', '>12h'",
}
_MICROSECOND = 1e-6


def _span(field: str, value: str) -> tuple[float, float]:
    """Return where a value begins and where what is more than it begins."""
    if field in COUNTS:
        if not re.fullmatch(r"[0-9]{1,9}", value):
            raise ValueError(f"{value}: {field} is counted: {_EXAMPLES[field]}")
        return int(value), int(value) + 1
    if field == "age":
        seconds = _seconds(value)
        return seconds, seconds + _MICROSECOND
    start, end = _dates(value)
    return start.timestamp(), end.timestamp()


_DURATION = re.compile(r"(?:(\d{1,4})w)?(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?(?:(\d{1,9})s)?")


def _seconds(value: str) -> float:
    found = _DURATION.fullmatch(value.lower())
    if not value or found is None:
        raise ValueError(f"{value}: a span of time has its unit: {_EXAMPLES['age']}, 90m, 1d12h, 2w")
    units = ("weeks", "days", "hours", "minutes", "seconds")
    parts = {unit: int(part) for unit, part in zip(units, found.groups(), strict=True) if part}
    return timedelta(**parts).total_seconds()


_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:?\d\d)?)?)?)?", re.IGNORECASE
)


def _dates(value: str) -> tuple[datetime, datetime]:
    """Return the first instant of a year, month, day, minute or second, and the first after it."""
    found = _DATE.fullmatch(value)
    try:
        if found is None:
            raise ValueError
        year, month, day, hour, _, second, _ = found.groups()
        if hour:
            start = datetime.fromisoformat(value.upper())
            start = start if start.tzinfo else start.replace(tzinfo=UTC)
            return start, start + (timedelta(seconds=1) if second else timedelta(minutes=1))
        start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
        if day:
            return start, start + timedelta(days=1)
        if month:
            return start, (start.replace(day=28) + timedelta(days=4)).replace(day=1)
        return start, start.replace(year=int(year) + 1)
    except (ValueError, OverflowError):
        raise ValueError(f"{value}: a date is written {_EXAMPLES['published']}") from None

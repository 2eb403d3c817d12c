"""Dates as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def parse_date(text: str, timezone: str = "UTC") -> datetime | None:
    """Return the instant a feed's date names, in UTC; None when it names none."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=moment.tzinfo or ZoneInfo(timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None

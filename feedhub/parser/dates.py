"""Dates as feeds write them: the common two by one pattern each, the rest by what can be recognised in them.

A date that could mean two days means none. No clock is read.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from feedhub.parser.calendars import MONTHS, ZONES

_LONGEST: Final = 120
_MONTH_DIGITS: Final = {
    name.capitalize(): f"{number:02}" for name, number in MONTHS.items() if len(name) == 3 and name.isascii()
}
_GREENWICH: Final = frozenset(("GMT", "UTC", "UT", "Z"))

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*"
    r"(?:(Z)|([+-])(\d{2}):?(\d{2})?|([A-Z]{1,5}))?)?",
    re.IGNORECASE | re.ASCII,
)
_RFC822 = re.compile(
    r"(?:[A-Za-z]{3,9}\.?,?\s+)?(\d{1,2})[\s-]+([A-Za-z]{3,9})\.?,?[\s-]+(\d{4}|\d{2})"
    r"(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*(?:([+-])(\d{2}):?(\d{2})|([A-Za-z]{1,5})))?)?",
    re.ASCII,
)
_COMPACT = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})(?:T?(\d{2}):?(\d{2}):?(\d{2})?(?:\.\d+)?(?:(Z)|([+-])(\d{2}):?(\d{2})?)?)?",
    re.ASCII,
)
_ORDINAL = re.compile(r"(\d{4})-?(\d{3})", re.ASCII)
_MONTH_ONLY = re.compile(r"(\d{4})(?:-(\d{2}))?", re.ASCII)
_UNIX = re.compile(r"(\d{10})(?:\d{3})?", re.ASCII)

_CLOCK = re.compile(
    r"(?<![\d:])(\d{1,2})(?::|\s*[時时点點시]\s*|h)(\d{2})(?:\s*[分분])?(?:(?::|\s*)(\d{2})(?:\s*[秒초]|(?=[^\d:]|$))(?:[.,]\d+)?)?",
    re.ASCII,
)
_AFTERNOON = re.compile(r"下午|晚上|午後|오후|\bp\.?m\b|μμ")
_MORNING = re.compile(r"上午|凌晨|早上|午前|오전|\ba\.?m\b|πμ")
_OFFSET = re.compile(r"(?:gmt|utc|z|\s|\d)\s*([+-])(\d{1,2}):?(\d{2})?(?=\s*(?:$|[\s(]))")
_EAST_ASIAN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일号號]?")
_ERAS: Final = {"令和": 2018, "平成": 1988}
_ERA = re.compile(r"(令和|平成)\s*([0-9]{1,2}|元)\s*年")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})(?!\d)")
_YEAR_NAME_DAY = re.compile(r"(?<!\d)(\d{4})[-./\s]+([^\W\d_]+)\.?[-./\s]+(\d{1,2})(?!\d)")
_DAY_NAME_YEAR = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|\.|º|ª|-[a-zа-я]+)?[\s-]*(?:de\s+|di\s+|of\s+)?([^\W\d_]+)\.?,?[\s-]*(?:de\s+|del\s+)?(\d{4}|\d{2}(?!\d|:))"
)
_NAME_DAY_YEAR = re.compile(
    r"([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(?:\d{1,2}:\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?\s*(?:[a-z]{1,5}|[+-]\d{4})?\s+)?(\d{4})"
)
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)")
_HANGUL = re.compile("[년월일]|오[전후]")
_WORD = re.compile(r"[^\W\d_]+")


def parse_date(text: str, timezone: str = "UTC") -> datetime | None:
    """Return the instant a feed's date names, in UTC; None when it names none.

    Args:
        timezone: an IANA name, for a date without a zone and for a zone's name that several places share.
    Source: RFC 822 section 5, RFC 3339, W3C-DTF, ISO 8601 and what feeds of many languages write instead.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    try:
        return _common(text) or _uncommon(text, timezone)
    except (ValueError, OverflowError):
        return None


def _common(text: str) -> datetime | None:
    """Read `Thu, 01 Jan 2004 19:48:21 +0100` and `2004-01-01T19:48:21Z`, to the letter: most of all dates."""
    if len(text) >= 29 and text[3:5] == ", ":
        month = _MONTH_DIGITS.get(text[8:11])
        zone = "+00:00" if text[26:] in _GREENWICH else f"{text[26:29]}:{text[29:]}"
        written = f"{text[12:16]}-{month}-{text[5:7]}T{text[17:25]}{zone}"
    elif len(text) >= 20 and text[10] == "T":
        written = text
    else:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    if moment.microsecond:
        moment = moment.replace(microsecond=0)
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _uncommon(text: str, timezone: str) -> datetime | None:
    if found := _ISO.fullmatch(text):
        return _from_iso(found, timezone)
    if found := _RFC822.fullmatch(text):
        instant = _from_rfc822(found, timezone)
        if instant is not None:
            return instant
    return _compact(text, timezone) or _loose(text, timezone)


def _from_iso(found: re.Match[str], timezone: str) -> datetime:
    year, month, day, hour, minute, second, zulu, sign, offset_h, offset_m, name = found.groups()
    moment = _moment(int(year), int(month), int(day), hour, minute, second)
    if hour is None or zulu:
        # A date alone is midnight in the feed's own zone.
        return _placed(moment, None, timezone) if hour is None else moment.replace(tzinfo=UTC)
    if sign:
        return _shifted(moment, sign, offset_h, offset_m)
    return _placed(moment, name, timezone)


def _from_rfc822(found: re.Match[str], timezone: str) -> datetime | None:
    day, month_name, year, hour, minute, second, sign, offset_h, offset_m, name = found.groups()
    month = MONTHS.get(month_name.lower()) or MONTHS.get(month_name[:3].lower())
    if month is None:
        return None
    moment = _moment(_year(year), month, int(day), hour, minute, second)
    if sign:
        return _shifted(moment, sign, offset_h, offset_m)
    return _placed(moment, name, timezone)


def _compact(text: str, timezone: str) -> datetime | None:
    if not text[0].isdigit():
        return None
    if unix := _UNIX.fullmatch(text):
        return datetime.fromtimestamp(int(unix.group(1)), UTC)
    if found := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second, zulu, sign, offset_h, offset_m = found.groups()
        moment = _moment(int(year), int(month), int(day), hour, minute, second)
        if sign:
            return _shifted(moment, sign, offset_h, offset_m)
        return _placed(moment, "Z" if zulu else None, timezone)
    if found := _ORDINAL.fullmatch(text):
        start = datetime(int(found.group(1)), 1, 1)
        return _placed(start + timedelta(days=int(found.group(2)) - 1), None, timezone)
    if found := _MONTH_ONLY.fullmatch(text):
        return _placed(datetime(int(found.group(1)), int(found.group(2) or 1), 1), None, timezone)
    return None


def _loose(text: str, timezone: str) -> datetime | None:
    text = _ERA.sub(_common_year, unicodedata.normalize("NFKC", text).lower())
    day = _day(text)
    if day is None:
        return None
    clock = _CLOCK.search(text)
    hour, minute, second = clock.groups() if clock else (None, None, None)
    if hour is not None and int(hour) <= 12:
        rest = text[: clock.start()] + text[clock.end() :] if clock else text
        if _AFTERNOON.search(rest):
            hour = str(int(hour) % 12 + 12)
        elif _MORNING.search(rest):
            hour = str(int(hour) % 12)
    moment = _moment(*day, hour, minute, second)
    after = text[clock.end() :] if clock else ""
    if clock and (offset := _OFFSET.search(text, max(clock.end() - 1, 0))):
        return _shifted(moment, offset.group(1), offset.group(2).zfill(2), offset.group(3))
    name = next((word for word in _WORD.findall(after) if word in ZONES), None)
    if name is None and timezone == "UTC" and _HANGUL.search(text):
        timezone = "Asia/Seoul"  # Korean blogs that write no zone are in Korea, as feedparser has it
    return _placed(moment, name, timezone)


def _common_year(found: re.Match[str]) -> str:
    """Return a year of a Japanese era, whose first is written 元, as one of the common calendar."""
    return f"{_ERAS[found[1]] + (1 if found[2] == '元' else int(found[2]))}年"


def _day(text: str) -> tuple[int, int, int] | None:
    if found := _EAST_ASIAN.search(text) or _YEAR_FIRST.search(text):
        return int(found.group(1)), int(found.group(2)), int(found.group(3))
    for found in _YEAR_NAME_DAY.finditer(text):
        if month := _month(found.group(2)):
            return int(found.group(1)), month, int(found.group(3))
    for found in _DAY_NAME_YEAR.finditer(text):
        if month := _month(found.group(2)):
            return _year(found.group(3)), month, int(found.group(1))
    for found in _NAME_DAY_YEAR.finditer(text):
        if month := _month(found.group(1)):
            return int(found.group(3)), month, int(found.group(2))
    if found := _DAY_FIRST.search(text):
        first, second, year = int(found.group(1)), int(found.group(3)), int(found.group(4))
        if first > 12 or found.group(2) == "." or first == second:
            return year, second, first
        if second > 12:
            return year, first, second
    return None


def _month(name: str) -> int | None:
    bare = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    for length in (len(bare), 4, 3):
        if month := MONTHS.get(bare[:length]):
            return month
    return None


def _year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < 90 else 1900)


def _moment(
    year: int, month: int, day: int, hour: str | None, minute: str | None, second: str | None
) -> datetime:
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if hours < 24 and seconds < 60:
        return datetime(year, month, day, hours, minutes, seconds)
    # 24:00 is the next day's midnight, and :60 a leap second.
    return datetime(year, month, day) + timedelta(hours=hours, minutes=minutes, seconds=min(seconds, 60))


def _shifted(moment: datetime, sign: str, hours: str, minutes: str | None) -> datetime:
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return (moment - offset if sign == "+" else moment + offset).replace(tzinfo=UTC)


def _placed(moment: datetime, name: str | None, timezone: str) -> datetime:
    if name is not None:
        zone = ZONES.get(name.lower())
        local = None if timezone == "UTC" else moment.replace(tzinfo=_zone(timezone))
        if local is not None and (zone is None or local.tzname() == name.upper()):
            return local.astimezone(UTC)  # CST is China's for a feed from Shanghai
        return (moment - timedelta(minutes=zone or 0)).replace(tzinfo=UTC)
    if timezone == "UTC":
        return moment.replace(tzinfo=UTC)
    return moment.replace(tzinfo=_zone(timezone)).astimezone(UTC)


@lru_cache(maxsize=512)
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # the configuration refuses such names; here nothing may fail
        return UTC

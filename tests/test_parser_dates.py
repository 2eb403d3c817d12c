"""Dates as feeds write them: the text, the instant it names in UTC (None: none), the zone of the feed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.parser.dates import parse_date

MARCH = "2024-03-05T15:04:05"

WITH_ZONE = [
    ("Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21"),
    ("Thu, 01 Jan 2004 19:48:21 +0530", "2004-01-01T14:18:21"),
    ("Thu, 1 January 2004 19:48:21 +05:30", "2004-01-01T14:18:21"),
    ("01 Jan 04 19:48 EST", "2004-01-02T00:48:00"),
    ("Mon, 31 Dec 1995 10:00:00 Z", "1995-12-31T10:00:00"),
    ("Sun, 31 Dec 95 10:00:00 UT", "1995-12-31T10:00:00"),
    ("Thu, 31 Dec 2023 24:00:00 GMT", "2024-01-01T00:00:00"),
    ("Sat, 31 Dec 2016 23:59:60 +0000", "2017-01-01T00:00:00"),
    ("Mon, 15 Jan 2024 10:00:00 GMT+08:00", "2024-01-15T02:00:00"),
    ("Thu, 01 Dec 2005 19:48:21.123 +0000", "2005-12-01T19:48:21"),
    ("Thu Jan  1 19:48:21 UTC 2004", "2004-01-01T19:48:21"),
    ("Fri, 2006/09/15 08:19:53 EDT", "2006-09-15T12:19:53"),
    ("2004-01-01T19:48:21Z", "2004-01-01T19:48:21"),
    ("2004-01-01t19:48:21z", "2004-01-01T19:48:21"),
    ("2004-01-01T19:48:21.123456789+08:00", "2004-01-01T11:48:21"),
    ("2004-01-01T19:48:21 -0800", "2004-01-02T03:48:21"),
    ("20040101T194821Z", "2004-01-01T19:48:21"),
    ("1709651045", MARCH),
    ("1709651045123", MARCH),
    ("вт, 05 мар 2024 18:04:05 +0300", MARCH),
    ("Di, 05 Mär 2024 16:04:05 +0100", MARCH),
    ("mar., 05 mars 2024 16:04:05 +0100", MARCH),
    ("Τρι, 05 Μάρ 2024 17:04:05 +0200", MARCH),
    ("2004-július-13T9:15-05:00", "2004-07-13T14:15:00"),
    ("Di, 05 März 2024 16:04:05 MEZ", MARCH),
]

WITHOUT_ZONE = [
    ("Thu, 01 Jan 2004 19:48:21", "2004-01-01T19:48:21"),
    ("Thu Jan  1 19:48:21 2004", "2004-01-01T19:48:21"),
    ("2004-01-01 19:48:21", "2004-01-01T19:48:21"),
    ("2004-01-01T19:48", "2004-01-01T19:48:00"),
    ("2004-01-01", "2004-01-01T00:00:00"),
    ("20040101", "2004-01-01T00:00:00"),
    ("2004-335", "2004-11-30T00:00:00"),
    ("2004-12", "2004-12-01T00:00:00"),
    ("2004", "2004-01-01T00:00:00"),
    ("2024年3月5日 下午3:04", "2024-03-05T15:04:00"),
    ("2024年03月05日15:04:05", MARCH),
    ("２０２４年３月５日　１５：０４：０５", MARCH),
    ("2024年3月5日 午後3時04分", "2024-03-05T15:04:00"),
    ("令和6年3月5日 15:04:05", MARCH),
    ("平成元年3月5日", "1989-03-05T00:00:00"),
    ("2024/03/05 15:04:05", MARCH),
    ("5 марта 2024, 15:04", "2024-03-05T15:04:00"),
    ("5. März 2024 15:04 Uhr", "2024-03-05T15:04:00"),
    ("mardi 5 mars 2024 à 15h04", "2024-03-05T15:04:00"),
    ("5 de marzo de 2024 15:04", "2024-03-05T15:04:00"),
    ("miércoles, 05 de junio de 2024 12:30", "2024-06-05T12:30:00"),
    ("martedì 5 marzo 2024 15:04", "2024-03-05T15:04:00"),
    ("5 Μαρτίου 2024", "2024-03-05T00:00:00"),
    ("2024. március 5. 15:04", "2024-03-05T15:04:00"),
    ("March 5, 2024 3:04 PM", "2024-03-05T15:04:00"),
    ("March 5th, 2024 12:04 am", "2024-03-05T00:04:00"),
    ("Mar 5, 2024", "2024-03-05T00:00:00"),
    ("05.03.2024 15:04", "2024-03-05T15:04:00"),
    ("25/12/2023", "2023-12-25T00:00:00"),
    ("12/25/2023", "2023-12-25T00:00:00"),
]


@pytest.mark.parametrize(("text", "instant"), WITH_ZONE)
def test_a_date_with_a_zone_means_the_same_everywhere(text: str, instant: str) -> None:
    """A written zone outranks the feed's own."""
    expected = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert parse_date(text) == expected
    assert parse_date(text, "Asia/Shanghai") == expected


@pytest.mark.parametrize(("text", "instant"), WITHOUT_ZONE)
def test_a_date_without_a_zone_is_in_the_feeds_own(text: str, instant: str) -> None:
    """UTC by default, and eight hours earlier for a feed from Shanghai."""
    local = datetime.fromisoformat(instant)
    assert parse_date(text) == local.replace(tzinfo=UTC)
    shanghai = parse_date(text, "Asia/Shanghai")
    assert shanghai is not None
    assert (local.replace(tzinfo=UTC) - shanghai).total_seconds() == 8 * 3600


def test_a_zone_that_places_share_is_the_feeds_own() -> None:
    """CST is China's for a feed from Shanghai, and central America's for others."""
    text = "Tue, 05 Mar 2024 15:04:05 CST"
    assert parse_date(text, "Asia/Shanghai") == datetime(2024, 3, 5, 7, 4, 5, tzinfo=UTC)
    assert parse_date(text) == datetime(2024, 3, 5, 21, 4, 5, tzinfo=UTC)


def test_korean_dates_are_koreas() -> None:
    """A date in Korean without a zone is Seoul's unless the feed has another."""
    for text in ("2004년 05월 28일  01:31:15", "2004-05-28 오전 01:31:15"):
        assert parse_date(text) == datetime(2004, 5, 27, 16, 31, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", " ", "garbage", "2024-13-45", "05/03/2024", "0000-00-00", "x" * 10_000])
def test_what_names_no_one_day_is_no_date(text: str) -> None:
    """Nothing, nonsense and a date that could be two days give None."""
    assert parse_date(text) is None


def test_a_zone_that_does_not_exist_does_no_harm() -> None:
    """An unknown zone counts as UTC; the configuration refuses it before."""
    for zone in ("Mars/Olympus", "../etc/passwd", ""):
        assert parse_date("2004-01-01", zone) == datetime(2004, 1, 1, tzinfo=UTC)


@given(st.text(max_size=60) | st.from_regex(r"[0-9 /:.,+TZ年月日令和元-]{0,40}", fullmatch=True))
def test_any_text_gives_an_instant_or_none(text: str) -> None:
    """No text raises, and an instant is aware."""
    found = parse_date(text, "Europe/Berlin")
    assert found is None or found.utcoffset() is not None


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2089, 12, 31)))
def test_what_is_written_is_read(moment: datetime) -> None:
    """RFC 822 and RFC 3339 come back as they went."""
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    assert parse_date(moment.strftime("%a, %d %b %Y %H:%M:%S +0000")) == moment
    assert parse_date(moment.isoformat()) == moment

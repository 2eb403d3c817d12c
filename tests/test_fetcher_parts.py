"""The fetcher's pure parts: URLs, headers, dates and decoders, as tables and fuzzed; no socket."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from feedhub.fetcher import default_user_agent
from feedhub.fetcher import headers as http_headers
from feedhub.fetcher.decoding import single_coding, whole_body
from feedhub.fetcher.problem import FetchProblem
from feedhub.fetcher.target import parse_target, redirect_target, without_userinfo
from feedhub.model import FetchOptions, FetchRequest
from tests.times import NOW

TEXT = b"<rss>" + bytes(range(32, 127)) * 3000 + b"</rss>"


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": partial(brotli.compress, quality=5),  # the best takes seconds for a bomb
    "zstd": zstd.compress,
}


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def reason_of(call: Callable[[], object]) -> str:
    with pytest.raises(FetchProblem) as caught:
        call()
    return caught.value.reason


@pytest.mark.parametrize("size", [1, 7, 1000, 65_536])
@pytest.mark.parametrize("coding", CODERS)
def test_body_is_decoded_whatever_pieces_it_comes_in(coding: str, size: int) -> None:
    """Each coding gives the bytes back."""
    assert whole_body(pieces(CODERS[coding](TEXT), size), coding, 1_000_000) == TEXT


@pytest.mark.parametrize("coding", CODERS)
def test_empty_text_survives_its_coding(coding: str) -> None:
    """An encoded nothing and nothing at all are both an empty body."""
    assert whole_body([CODERS[coding](b"")], coding, 1000) == b""
    assert whole_body([], coding, 1000) == b""


@pytest.mark.parametrize("cut", [1, 4, 100, 2000])
@pytest.mark.parametrize("coding", CODERS)
def test_cut_body_is_no_body(coding: str, cut: int) -> None:
    """A body that lacks its last bytes, if only the check sum, is truncated."""
    data = CODERS[coding](bytes(zlib.crc32(str(n).encode()) & 0xFF for n in range(20_000)))
    assert reason_of(lambda: whole_body(pieces(data[:-cut], 512), coding, 1_000_000)) == "truncated"


@pytest.mark.parametrize("coding", CODERS)
def test_bomb_is_known_by_its_growth(coding: str) -> None:
    """What grows more than a few hundredfold is refused long before a generous limit."""
    bomb = CODERS[coding](bytes(30_000_000))
    assert reason_of(lambda: whole_body(pieces(bomb, 65_536), coding, 100_000_000)) == "too-large"
    plain = b"".join(b"<item>%d</item>" % number for number in range(300_000))
    assert whole_body(pieces(CODERS[coding](plain), 65_536), coding, 100_000_000) == plain


@pytest.mark.parametrize("coding", CODERS)
def test_bomb_stops_at_the_limit(coding: str) -> None:
    """What decodes to more than the limit is too large, long before it is decoded."""
    bomb = CODERS[coding](bytes(30_000_000))
    assert reason_of(lambda: whole_body(pieces(bomb, 65_536), coding, 100_000)) == "too-large"


@pytest.mark.parametrize("coding", CODERS)
def test_broken_body_is_an_encoding_failure(coding: str) -> None:
    """Bytes that are no such coding are told from a body that was cut."""
    noise = b"\x1f\x8b\x08\x00" + bytes(range(255, 0, -1)) * 8
    if coding == "deflate":
        noise = b"\x78\x9c" + noise
    assert reason_of(lambda: whole_body([noise], coding, 1_000_000)) == "encoding"


def test_limit_is_exact() -> None:
    """A body of exactly the limit passes, one byte more does not."""
    assert whole_body([b"x" * 10], "identity", 10) == b"x" * 10
    assert reason_of(lambda: whole_body([b"x" * 11], "identity", 10)) == "too-large"


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (gzip.compress(TEXT), "identity"),
        (TEXT, "gzip"),
        (raw_deflate(TEXT), "deflate"),
        (gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]), "gzip"),
        (gzip.compress(TEXT) + b"\0" * 512, "gzip"),
        (gzip.compress(TEXT) + b"<!-- cached -->", "gzip"),
        (gzip.compress(TEXT) + b"\x1f", "gzip"),
        (zstd.compress(TEXT[:100]) + zstd.compress(TEXT[100:]), "zstd"),
        (zstd.compress(TEXT) + b"rubbish", "zstd"),
        (zlib.compress(TEXT) + b"rubbish", "deflate"),
    ],
)
@pytest.mark.parametrize("size", [1, 100_000])
def test_common_mistakes_of_servers_are_read(body: bytes, coding: str, size: int) -> None:
    """Mislabelled, raw, many-membered and overlong bodies give the text that was meant."""
    assert whole_body(pieces(body, size), coding, 1_000_000) == TEXT


def test_unlabelled_gzip_is_bounded_and_decoded_once() -> None:
    """A .gz file obeys the limit too, and a gzip inside it stays as it is."""
    assert reason_of(lambda: whole_body([gzip.compress(bytes(9_000_000))], "identity", 50_000)) == "too-large"
    inner = gzip.compress(b"inner")
    assert whole_body([gzip.compress(inner)], "identity", 1000) == inner


def test_endless_empty_members_end() -> None:
    """A body of thousands of empty gzip members is refused: work for nothing."""
    assert reason_of(lambda: whole_body([gzip.compress(b"") * 5000], "gzip", 10_000_000)) == "encoding"


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", "identity"),
        ("identity", "identity"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("identity, gzip", "gzip"),
        (" br ", "br"),
        ("zstd", "zstd"),
        ("deflate", "deflate"),
        ("UTF-8", "identity"),
        ("none", "identity"),
        ("gzip, gzip", "encoding"),
        ("gzip,br", "encoding"),
        ("compress", "encoding"),
        ("gzip" + ", gzip" * 500, "encoding"),
        ("\x01", "encoding"),
    ],
)
def test_one_known_coding_is_accepted(header: str, coding: str) -> None:
    """One coding, however it is written; more or another one is refused."""
    if coding == "encoding":
        assert reason_of(lambda: single_coding(header)) == coding
    else:
        assert single_coding(header) == coding


@given(st.binary(max_size=400), st.sampled_from(["identity", *CODERS]), st.integers(1, 300))
def test_no_bytes_break_a_decoder(body: bytes, coding: str, size: int) -> None:
    """Any bytes give a body or a known problem."""
    try:
        assert isinstance(whole_body(pieces(body, size), coding, 10_000), bytes)
    except FetchProblem as problem:
        assert problem.reason in ("encoding", "truncated", "too-large")


@pytest.mark.parametrize(
    ("url", "canonical", "host", "port"),
    [
        ("http://example.org", "http://example.org/", "example.org", 80),
        ("HTTPS://Example.ORG:443/A?b=c#frag", "https://example.org:443/A?b=c", "example.org", 443),
        ("http://example.org:8080/x y", "http://example.org:8080/x%20y", "example.org", 8080),
        ("http://[2606:4700::1]:81/", "http://[2606:4700::1]:81/", "2606:4700::1", 81),
        ("http://münchen.example/ü", "http://xn--mnchen-3ya.example/%C3%BC", "xn--mnchen-3ya.example", 80),
        ("https://例え.jp/", "https://xn--r8jz45g.jp/", "xn--r8jz45g.jp", 443),
        ("http://user:p%40ss@example.org/", "http://example.org/", "example.org", 80),
        (" http://example.org/ ", "http://example.org/", "example.org", 80),
    ],
)
def test_url_is_made_ready(url: str, canonical: str, host: str, port: int) -> None:
    """A URL loses fragment and userinfo and gains its encodings."""
    target = parse_target(url)
    assert (target.url, target.host, target.port) == (canonical, host, port)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://h", "/"),
        ("http://h?", "/"),
        ("http://h?a=b#c", "/?a=b"),
        ("http://h/a/../b//c?d[e]=%7e|&f g", "/b//c?d%5Be%5D=~%7C&f%20g"),
        ("http://h//a", "//a"),
        ("http://h/ü?ü", "/%C3%BC?%C3%BC"),
    ],
)
def test_path_is_what_a_server_is_asked_for(url: str, path: str) -> None:
    """The request line has path and query, encoded as requests and urllib3 do."""
    target = parse_target(url)
    assert target.path == path
    assert target.url.endswith(path)


def test_userinfo_is_taken_out() -> None:
    """User name and password are decoded and not a part of what is shown."""
    target = parse_target("http://user:p%40ss@example.org/")
    assert (target.username, target.password) == ("user", "p@ss")
    assert "p@ss" not in repr(target)


def test_addresses_are_remembered_within_bounds() -> None:
    """An ordinary address is parsed once; a long one, as a server may make up any number, each time."""
    short, long = ("http://h.example/" + "x" * size for size in (400, 4000))
    assert parse_target(short) is parse_target(short)
    assert parse_target(long) == parse_target(long)
    assert parse_target(long) is not parse_target(long)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "bad-url"),
        ("example.org/feed", "bad-url"),
        ("//example.org/feed", "bad-url"),
        ("http://", "bad-url"),
        ("http:///feed", "bad-url"),
        ("http://:80/", "bad-url"),
        ("http://example.org:0/", "bad-url"),
        ("http://example.org:65536/", "bad-url"),
        ("http://example.org:x/", "bad-url"),
        ("http://example.org:-1/", "bad-url"),
        ("http://[::1/", "bad-url"),
        ("http://[fe80::1%25eth0]/", "bad-url"),
        ("http://[v1.x]/", "bad-url"),
        ("http://a\\b/", "bad-url"),
        ("http://a\tb/", "bad-url"),
        ("http://a/\r\nX: y", "bad-url"),
        ("http://a/\x00", "bad-url"),
        ("http://*.example.org/", "bad-url"),
        ("http://\u200b/", "bad-url"),
        ("http://" + "ü" * 80 + ".example/", "bad-url"),
        ("http://" + "a." * 127 + "a/", "bad-url"),
        ("http://example.org/" + "a" * 9000, "bad-url"),
        ("http://user:pass@/", "bad-url"),
        ("http://user:pa/ss@example.org/", "bad-url"),
        ("file:///etc/passwd", "scheme"),
        ("ftp://example.org/", "scheme"),
        ("data:text/xml,<rss/>", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("gopher://example.org/", "scheme"),
        ("exec:/bin/true", "scheme"),
    ],
)
def test_url_that_cannot_be_asked_for_is_refused(url: str, reason: str) -> None:
    """What is not an ordinary http(s) URL is a problem, and no password is in its text."""
    with pytest.raises(FetchProblem) as caught:
        parse_target(url)
    assert caught.value.reason == reason
    assert "pass" not in caught.value.message.replace("passwd", "")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/b", "http://h.example/b"),
        ("b?c", "http://h.example/dir/b?c"),
        ("//other.example/x", "http://other.example/x"),
        ("https://h.example/a", "https://h.example/a"),
        ("/a b", "http://h.example/a%20b"),
        ("/\xc3\xbc", "http://h.example/%C3%BC"),
        ("/\xfc", "http://h.example/%C3%BC"),
        ("?page=2", "http://h.example/dir/feed?page=2"),
        ("/x#y", "http://h.example/x"),
        ("", "redirects"),
        ("   ", "redirects"),
        ("http://", "http://h.example/dir/feed"),
        ("https:x", "redirects"),
        ("http://u@h.example/", "redirects"),
        ("http://u:p@h.example/", "redirects"),
        ("//@h.example/", "redirects"),
        ("http://h.example\\@evil/", "redirects"),
        ("/a\tb", "redirects"),
        ("/a\nb", "redirects"),
        ("http://[::1", "redirects"),
        ("http://h.example:99999/", "redirects"),
        ("/" + "a" * 9000, "redirects"),
        ("file:///etc/passwd", "scheme"),
        ("data:,x", "scheme"),
        ("gopher://h/", "scheme"),
    ],
)
def test_location_is_followed_or_refused(location: str, expected: str) -> None:
    """A Location is resolved against the address that gave it, or is a problem of the redirect."""
    base = parse_target("http://h.example/dir/feed")
    if expected in ("redirects", "scheme"):
        assert reason_of(lambda: redirect_target(base, location)) == expected
    else:
        assert redirect_target(base, location).url == expected


@given(st.text(st.characters(max_codepoint=255)))
def test_no_location_raises_anything_else(location: str) -> None:
    """Any bytes in a Location lead to an http(s) address or to a problem."""
    try:
        assert redirect_target(parse_target("http://h.example/"), location).scheme in ("http", "https")
    except FetchProblem as problem:
        assert problem.reason in ("redirects", "scheme")


@given(st.text())
def test_no_url_raises_anything_else(text: str) -> None:
    """Any text is a target or a problem, and can be shown without its userinfo."""
    for url in (text, "http://" + text):
        try:
            parse_target(url)
        except FetchProblem as problem:
            assert problem.reason in ("bad-url", "scheme")
        without_userinfo(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://u:p@h/x", "http://h/x"),
        ("http://u:p@h/x@y", "http://h/x@y"),
        ("http://h/x@y", "http://h/x@y"),
        ("//u:p@h/", "//h/"),
        ("nonsense", "nonsense"),
    ],
)
def test_userinfo_is_not_shown(url: str, shown: str) -> None:
    """A URL is shown without user name and password."""
    assert without_userinfo(url) == shown


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "120"}, timedelta(seconds=120)),
        ({"retry-after": " 120 "}, timedelta(seconds=120)),
        ({"retry-after": "1.5"}, timedelta(seconds=1)),
        ({"retry-after": "Mon, 23 Nov 2026 13:00:00 GMT"}, timedelta(hours=1)),
        ({"retry-after": "Monday, 23-Nov-26 13:00:00 GMT"}, timedelta(hours=1)),
        ({"retry-after": "Mon Nov 23 13:00:00 2026"}, timedelta(hours=1)),
        ({"retry-after": "Sun, 01 Jan 2040 00:00:00 GMT"}, timedelta(days=7)),
        ({"retry-after": "315360000"}, timedelta(days=7)),
        ({"retry-after": "9" * 5000}, timedelta(days=7)),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "banana"}, None),
        ({"retry-after": "٣"}, None),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}, None),
        ({"retry-after": "Mon, 31 Feb 2027 13:00:00 GMT"}, None),
        ({"retry-after": "Mon, 23 Nov 2026 25:00:00 GMT"}, None),
        ({}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}, timedelta(seconds=60)),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 90)},
            timedelta(seconds=90),
        ),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000000000"}, None),
        ({"x-ratelimit-remaining": "5", "x-ratelimit-reset": "60"}, None),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "9"}, timedelta(seconds=9)),
    ],
)
def test_retry_after_is_an_instant(headers: dict[str, str], wait: timedelta | None) -> None:
    """Seconds and all three forms of date count; nonsense and the past do not; a week is the most."""
    assert http_headers.retry_at(headers, NOW) == (None if wait is None else NOW + wait)


@pytest.mark.parametrize(
    ("headers", "limited"),
    [
        ({"x-ratelimit-remaining": "0"}, True),
        ({"x-rate-limit-remaining": "0"}, True),
        ({"ratelimit-remaining": "0"}, True),
        ({"ratelimit": "limit=100, remaining=0, reset=50"}, True),
        ({"ratelimit": '"default";r=0;t=50'}, True),
        ({"ratelimit": '"default";r=10;t=0'}, False),
        ({"ratelimit": "limit=100, remaining=01"}, False),
        ({"x-ratelimit-remaining": "10"}, False),
        ({}, False),
    ],
)
def test_used_up_rate_limit_is_seen(headers: dict[str, str], limited: bool) -> None:
    """GitHub's header and both drafts' say when nothing is left."""
    assert http_headers.is_rate_limited(headers) is limited


def test_two_digit_year_is_near() -> None:
    """RFC 850's year is the one within fifty years."""
    assert http_headers.http_date("Sunday, 06-Nov-94 08:49:37 GMT", NOW) == datetime(
        1994, 11, 6, 8, 49, 37, tzinfo=UTC
    )


PACE_HEADERS = ("retry-after", "ratelimit", "ratelimit-remaining", "ratelimit-reset", "x-ratelimit-remaining")


@given(st.dictionaries(st.sampled_from((*PACE_HEADERS, "x-ratelimit-reset")), st.text()))
def test_no_header_value_breaks_the_pace(headers: dict[str, str]) -> None:
    """Any values give None or an instant within a week."""
    found = http_headers.retry_at(headers, NOW)
    assert found is None or NOW < found <= NOW + timedelta(days=7)


@given(st.lists(st.tuples(st.text(min_size=1), st.text())))
def test_response_headers_hold_no_line_breaks(pairs: list[tuple[str, str]]) -> None:
    """Whatever comes in, no value can end a line."""
    values = "".join(http_headers.response_headers(pairs).values())
    assert not set(values) & {"\r", "\n", "\0"}


def test_repeated_headers_are_joined_and_cookies_dropped() -> None:
    """Lists are joined, single values are the first, and no cookie is kept."""
    found = http_headers.response_headers(
        [
            ("Cache-Control", "a"),
            ("cache-control", "b"),
            ("ETag", '"1"'),
            ("ETag", '"2"'),
            ("Set-Cookie", "x=y"),
            ("Last-Modified", "bad\x01"),
        ]
    )
    assert found == {"cache-control": "a, b", "etag": '"1"'}


def test_headers_of_a_trusted_and_an_untrusted_hop() -> None:
    """Credentials, cookies and own headers are for trusted hops; who we are is for all."""
    options = FetchOptions(
        user_agent="Mine/1", accept="text/xml", headers=(("X-Key", "k"),), username="ü", password="p:w",
        cookies=(("a", "1"), ("b", "2")),
    )  # fmt: skip
    request = FetchRequest("http://h.example/", options=options)
    said = http_headers.request_headers(request, "Hub/1", trusted=True, validators={}, jar="c=3")
    assert said["Authorization"] == b"Basic w7w6cDp3"
    assert said["Cookie"] == b"a=1; b=2; c=3"
    assert said["X-Key"] == b"k"
    assert said["User-Agent"] == b"Mine/1"
    stranger = http_headers.request_headers(request, "Hub/1", trusted=False, validators={})
    assert set(stranger) == {"User-Agent", "Accept", "Accept-Encoding", "Connection"}
    assert stranger["Accept"] == b"text/xml"


def test_own_headers_replace_ours() -> None:
    """A feed's own Accept, User-Agent or Authorization is sent once, in place of ours."""
    options = FetchOptions(bearer="b", headers=(("accept", "x/y"), ("AUTHORIZATION", "Own z")))
    said = http_headers.request_headers(
        FetchRequest("http://h.example/", options=options), "Hub/1", trusted=True, validators={}
    )
    assert said["Accept"] == b"x/y"
    assert said["Authorization"] == b"Own z"
    assert not {"accept", "AUTHORIZATION"} & set(said)


@pytest.mark.parametrize(
    "options",
    [
        FetchOptions(headers=(("X", "a\r\nY: b"),)),
        FetchOptions(headers=(("X: y", "a"),)),
        FetchOptions(headers=(("", "a"),)),
        FetchOptions(headers=(("Host", "internal"),)),
        FetchOptions(headers=(("Transfer-Encoding", "chunked"),)),
        FetchOptions(headers=(("If-None-Match", "x"),)),
        FetchOptions(user_agent="a\nb"),
        FetchOptions(bearer="a\r\nb"),
        FetchOptions(cookies=(("a", "b\x00"),)),
    ],
)
def test_option_that_cannot_be_a_header_is_refused(options: FetchOptions) -> None:
    """Line breaks, broken names and headers that are the fetcher's own end the request before it is sent."""
    request = FetchRequest("http://h.example/", options=options)
    call = lambda: http_headers.request_headers(request, "Hub/1", trusted=True, validators={})  # noqa: E731
    assert reason_of(call) == "headers"


@pytest.mark.parametrize(
    ("etag", "sent"),
    [
        ('"a"', b'"a"'),
        ('W/"a"', b'W/"a"'),
        ("bare", b"bare"),
        ('"\xe9\xff, x"', b'"\xe9\xff, x"'),
        ('"tab\there"', b'"tab\there"'),
        ('"line\r\nX: y"', None),
        ('"\x01"', None),
        ('"中"', None),
        ("", None),
    ],
)
def test_validator_is_sent_byte_for_byte_or_not_at_all(etag: str, sent: bytes | None) -> None:
    """A validator is never reformatted, and one that no header can have carried is not sent."""
    found = http_headers.validator_headers(FetchRequest("http://h.example/", etag=etag))
    assert found.get("If-None-Match") == sent


def test_default_user_agent_says_who_we_are() -> None:
    """Product, version and where to complain."""
    assert default_user_agent("1.2", "https://hub.example/") == "FeedHub/1.2 (+https://hub.example/)"
    assert default_user_agent("1.2", "") == "FeedHub/1.2"

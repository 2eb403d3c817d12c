"""The fetcher against servers on loopback that answer whatever a test wants, at whatever pace."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedhub.fetcher import Fetcher
from feedhub.model import Fetched, FetchFailure, FetchOptions, FetchOutcome, FetchRequest, Limits, NotModified
from tests.publisher import Publishers
from tests.raw_server import RawServer, reply
from tests.times import NOW

FEED = b"<rss><channel><title>t</title></channel></rss>"
BRISK = Limits(connect_s=2, read_s=2, total_s=4)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LOCAL = FetchOptions(allow_private=("127.0.0.0/8", "::1"), limits=BRISK)

Resolve = Callable[..., list[Any]]


@pytest.fixture
def server() -> Iterator[RawServer]:
    started = RawServer()
    yield started
    started.close()


@pytest.fixture
def other() -> Iterator[RawServer]:
    """Another origin: the same address, another port."""
    started = RawServer()
    yield started
    started.close()


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    started = Fetcher("FeedHub/test (+http://hub.example/)", resolve=names({}))
    yield started
    started.close()


def names(table: dict[str, list[str]]) -> Resolve:
    """Return a `getaddrinfo` that knows these names alone; it gives each its answers in turn."""

    def resolve(host: str, port: int, *_: object) -> list[Any]:
        if host not in table:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        answer = table[host].pop(0) if len(table[host]) > 1 else table[host][0]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in answer.split()
        ]

    return resolve


def get(fetcher: Fetcher, url: str, options: FetchOptions = LOCAL, **extra: str) -> FetchOutcome:
    return fetcher.fetch(FetchRequest(url, options=options, **extra), NOW)


def failure(outcome: FetchOutcome) -> FetchFailure:
    assert isinstance(outcome, FetchFailure), outcome
    return outcome


def fetched(outcome: FetchOutcome) -> Fetched:
    assert isinstance(outcome, Fetched), outcome
    return outcome


def limited(**limits: float) -> FetchOptions:
    return replace(LOCAL, limits=replace(BRISK, **limits))  # type: ignore[arg-type]  # whichever is named


# What is said


def test_feed_is_fetched(server: RawServer, fetcher: Fetcher) -> None:
    """A 200 gives its body, its headers in lower case, and how long it took."""
    server.answers["/feed"] = reply(body=FEED, headers={"ETag": '"1"', "Content-Type": "text/xml"})
    outcome = fetched(get(fetcher, server.url()))
    assert outcome.body == FEED
    assert outcome.headers["etag"] == '"1"'
    assert outcome.url == server.url()
    assert outcome.hops == ()
    assert 0 < outcome.elapsed_s < 4


def test_request_is_polite(server: RawServer, fetcher: Fetcher) -> None:
    """We say who we are, which formats and codings we read, and nothing that a browser would add."""
    server.answers["/feed"] = reply(body=FEED)
    get(fetcher, server.url())
    said = server.headers()
    assert said["user-agent"] == b"FeedHub/test (+http://hub.example/)"
    assert b"application/atom+xml" in said["accept"]
    assert said["accept-encoding"] == b"gzip, deflate, br, zstd"
    assert said["host"] == f"127.0.0.1:{server.port}".encode()
    assert set(said) == {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_validators_come_back_byte_for_byte(server: RawServer, fetcher: Fetcher) -> None:
    """What a server gave as ETag and Last-Modified is what it gets, bytes above 0x7f included."""
    etag, date = 'W/"\xe9\xff,x-gzip"', "some day in May"
    server.answers["/feed"] = reply(body=FEED, headers={"ETag": etag, "Last-Modified": date})
    first = fetched(get(fetcher, server.url()))
    server.answers["/feed"] = reply("304 Not Modified", headers={"ETag": '"2"'})
    again = get(
        fetcher, server.url(), etag=first.headers["etag"], last_modified=first.headers["last-modified"]
    )
    assert isinstance(again, NotModified)
    assert again.headers["etag"] == '"2"'
    assert server.headers()["if-none-match"] == etag.encode("latin-1")
    assert server.headers()["if-modified-since"] == date.encode()


def test_unasked_304_is_a_failure(server: RawServer, fetcher: Fetcher) -> None:
    """A 304 to an unconditional request leaves us without a feed."""
    server.answers["/feed"] = reply("304 Not Modified")
    assert failure(get(fetcher, server.url())).reason == "http"


def test_validators_follow_redirects_unless_their_url_is_known(
    server: RawServer, other: RawServer, fetcher: Fetcher
) -> None:
    """Validators go along the chain; with `validated_url` they go to that URL and to no other."""
    server.answers["/feed"] = reply("302 Found", headers={"Location": other.url("/final")})
    other.answers["/final"] = reply("304 Not Modified")
    assert isinstance(get(fetcher, server.url(), etag='"1"'), NotModified)
    known = get(fetcher, server.url(), etag='"1"', validated_url=other.url("/final"))
    assert isinstance(known, NotModified)
    assert "if-none-match" not in server.headers()
    other.answers["/final"] = reply(body=FEED)
    fetched(get(fetcher, server.url(), etag='"1"', validated_url=other.url("/elsewhere")))
    assert "if-none-match" not in other.headers()


def test_environment_is_not_asked(
    server: RawServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither a proxy of the environment nor a .netrc changes a request."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server.answers["/feed"] = reply(body=FEED)
    fetched(get(fetcher, server.url()))
    assert "authorization" not in server.headers()


# Redirects


def redirect(location: str, status: str = "302 Found", **headers: str) -> bytes:
    return reply(status, headers={"Location": location, **headers})


def test_redirects_are_followed_and_recorded(server: RawServer, fetcher: Fetcher) -> None:
    """Each hop is kept with its status, so that permanent ones are told from the rest."""
    server.answers |= {
        "/feed": redirect("/a", "301 Moved Permanently"),
        "/a": redirect("b?x=1", "308 Permanent Redirect"),
        "/b": redirect("/c", "307 Temporary Redirect"),
        "/c": redirect("/d", "303 See Other"),
        "/d": reply(body=FEED),
    }
    outcome = fetched(get(fetcher, server.url()))
    assert [hop.status for hop in outcome.hops] == [301, 308, 307, 303]
    assert outcome.hops[0].url == server.url()
    assert outcome.hops[1].location == server.url("/b?x=1")
    assert outcome.url == server.url("/d")


def test_redirect_body_is_never_read(server: RawServer, fetcher: Fetcher) -> None:
    """A redirect whose body never ends costs nothing: it is closed after its headers."""

    def endless(connection: socket.socket) -> None:
        head = f"HTTP/1.1 302 Found\r\nLocation: {server.url('/end')}\r\nContent-Encoding: gzip\r\n\r\n"
        connection.sendall(head.encode())
        while True:
            connection.sendall(gzip.compress(bytes(1_000_000)))

    server.answers |= {"/feed": endless, "/end": reply(body=FEED)}
    outcome = fetched(get(fetcher, server.url()))
    assert outcome.body == FEED
    assert outcome.elapsed_s < 2


def test_redirect_is_closed_before_the_next_is_looked_up(server: RawServer) -> None:
    """A chain has one connection at a time, the watchdog's hold on it included."""
    closed = threading.Event()

    def first(connection: socket.socket) -> None:
        connection.sendall(redirect(server.url("/end", host="next.test")))
        connection.recv(1)
        closed.set()

    def resolve(host: str, port: int, *_: object) -> list[Any]:
        assert host == "next.test"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))] if closed.wait(2) else []

    fetcher = Fetcher("x", resolve)
    server.answers |= {"/feed": first, "/end": reply(body=FEED)}
    outcome = get(fetcher, server.url())
    fetcher.close()
    assert fetched(outcome).body == FEED


@pytest.mark.parametrize("limit", [0, 2])
def test_redirects_are_counted(server: RawServer, fetcher: Fetcher, limit: int) -> None:
    """One redirect more than the limit ends the request, and the key to raise it is named."""
    server.answers |= {f"/{n}": redirect(f"/{n + 1}") for n in range(10)}
    outcome = failure(get(fetcher, server.url("/0"), limited(max_redirects=limit)))
    assert outcome.reason == "redirects"
    assert "fetch.max_redirects" in outcome.message
    assert len(outcome.hops) == limit
    assert len(server.asked) == limit + 1


def test_circle_is_seen(server: RawServer, fetcher: Fetcher) -> None:
    """A redirect to where we have been ends at once."""
    server.answers |= {"/feed": redirect("/b"), "/b": redirect("/feed")}
    assert failure(get(fetcher, server.url())).reason == "redirects"
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "scheme"),
        ("ftp://example.org/", "scheme"),
        ("http://user:secret@127.0.0.1/", "redirects"),
        ("http://127.0.0.1\\@example.org/", "redirects"),
        ("http://[::1", "redirects"),
        ("", "redirects"),
        ("http://169.254.169.254/latest/meta-data/", "address"),
        ("http://[::ffff:127.0.0.1]/", "address"),
        ("http://[64:ff9b::7f00:1]/", "address"),
        ("http://0.0.0.0/", "address"),
        ("http://10.0.0.1/", "address"),
    ],
)
def test_redirect_to_a_bad_place_is_refused(
    server: RawServer, fetcher: Fetcher, location: str, reason: str
) -> None:
    """Every hop is judged like the first address, and no secret is repeated."""
    server.answers["/feed"] = redirect(location)
    outcome = failure(get(fetcher, server.url()))
    assert outcome.reason == reason
    assert "secret" not in repr(outcome)


def test_redirect_without_location_is_a_failure(server: RawServer, fetcher: Fetcher) -> None:
    """A 301 that leads nowhere says so, with its status."""
    server.answers["/feed"] = reply("301 Moved Permanently")
    outcome = failure(get(fetcher, server.url()))
    assert (outcome.reason, outcome.status) == ("redirects", 301)


SECRETS = FetchOptions(
    username="me",
    password="secret-word",
    headers=(("X-Key", "secret-key"),),
    cookies=(("session", "secret-cookie"),),
    allow_private=("127.0.0.0/8",),
    limits=BRISK,
)


def test_credentials_stay_on_their_origin(server: RawServer, fetcher: Fetcher) -> None:
    """On one origin credentials go along with a redirect."""
    server.answers |= {"/feed": redirect("/b"), "/b": reply(body=FEED)}
    fetched(get(fetcher, server.url(), SECRETS))
    for index in (0, 1):
        said = server.headers(index)
        assert said["authorization"] == b"Basic bWU6c2VjcmV0LXdvcmQ="
        assert said["cookie"] == b"session=secret-cookie"
        assert said["x-key"] == b"secret-key"


def test_a_feed_that_moved_away_is_asked_without_credentials(
    server: RawServer, other: RawServer, fetcher: Fetcher
) -> None:
    """What is sent is for the configured origin: where the feed has moved to, nothing of it goes."""
    server.answers["/feed"] = other.answers["/feed"] = reply(body=FEED)
    get(fetcher, server.url(), SECRETS, home_url=other.url())
    get(fetcher, other.url(), SECRETS, home_url=other.url())
    secrets = {"authorization", "cookie", "x-key"}
    assert not secrets & set(server.headers())
    assert secrets <= set(other.headers())


def test_credentials_never_leave_and_never_return(
    server: RawServer, other: RawServer, fetcher: Fetcher
) -> None:
    """Another port is another origin; and back from there nobody gets our credentials used."""
    server.answers |= {"/feed": redirect(other.url("/b")), "/back": reply("401 Unauthorized")}
    other.answers["/b"] = redirect(server.url("/back"))
    outcome = failure(get(fetcher, server.url(), SECRETS))
    for said in (other.headers(), server.headers(1)):
        assert not {"authorization", "cookie", "x-key"} & set(said)
    assert outcome.reason == "denied"
    assert "secret" not in repr(outcome)
    assert "origin" in outcome.message


def test_userinfo_of_the_url_is_basic_authentication(server: RawServer, fetcher: Fetcher) -> None:
    """User name and password in the URL are sent as such and shown nowhere."""
    server.answers["/feed"] = reply(body=FEED)
    outcome = fetched(get(fetcher, f"http://me:secret-word@127.0.0.1:{server.port}/feed"))
    assert server.headers()["authorization"] == b"Basic bWU6c2VjcmV0LXdvcmQ="
    assert "secret" not in repr(outcome)


def test_cookies_live_as_long_as_their_redirects(server: RawServer, fetcher: Fetcher) -> None:
    """A page that redirects to itself until its cookie comes back is read; the next poll has no cookie."""

    def wall(connection: socket.socket) -> None:
        passed = b"cookie: wall=1" in server.asked[-1].lower()
        connection.sendall(
            reply(body=FEED) if passed else redirect("/feed", **{"Set-Cookie": "wall=1; Path=/"})
        )

    server.answers["/feed"] = wall
    for _ in range(2):
        assert fetched(get(fetcher, server.url())).body == FEED
    assert ["cookie" in server.headers(index) for index in range(4)] == [False, True, False, True]


# Addresses


def test_loopback_is_refused_by_default(server: RawServer, fetcher: Fetcher) -> None:
    """Without an allowance nothing is asked, and the message names the key."""
    outcome = failure(get(fetcher, server.url(), FetchOptions()))
    assert outcome.reason == "address"
    assert "fetch.allow_private" in outcome.message
    assert server.asked == []


def test_redirect_to_another_port_is_refused(server: RawServer, other: RawServer, fetcher: Fetcher) -> None:
    """An allowance with a port holds for that port alone, at each hop."""
    server.answers["/feed"] = redirect(other.url())
    options = replace(LOCAL, allow_private=(f"127.0.0.1:{server.port}",))
    assert failure(get(fetcher, server.url(), options)).reason == "address"
    assert other.asked == []


def test_malformed_allowance_is_a_failure(server: RawServer, fetcher: Fetcher) -> None:
    """A wrong allowance refuses rather than permits."""
    outcome = failure(get(fetcher, server.url(), replace(LOCAL, allow_private=("nonsense",))))
    assert outcome.reason == "address"
    assert "'nonsense'" in outcome.message


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ("127.0.0.1", 0),
        ("8.8.8.8 127.0.0.1", 0),
        ("127.0.0.1 10.0.0.1", 0),
        ("fe80::1%eth0", 0),
        ("::ffff:127.0.0.1", 0),
    ],
)
def test_every_address_of_a_name_is_judged(server: RawServer, answer: str, asked: int) -> None:
    """One refused address refuses the name; no socket is opened to any of them."""
    fetcher = Fetcher("x", resolve=names({"feed.test": [answer]}))
    outcome = failure(get(fetcher, server.url(host="feed.test"), FetchOptions(limits=BRISK)))
    fetcher.close()
    assert outcome.reason == "address"
    assert len(server.asked) == asked


def test_allowance_picks_among_the_addresses_of_a_name(server: RawServer) -> None:
    """`localhost` with a permitted 127.0.0.1 and a refused ::1 is asked at 127.0.0.1."""
    fetcher = Fetcher("x", resolve=names({"localhost": ["::1 127.0.0.1"]}))
    server.answers["/feed"] = reply(body=FEED)
    options = replace(LOCAL, allow_private=("127.0.0.1",))
    fetched(get(fetcher, server.url(host="localhost"), options))
    fetcher.close()


def test_name_is_resolved_once_a_connection(server: RawServer) -> None:
    """The address that was judged is the one connected to; the next hop is judged anew."""
    fetcher = Fetcher("x", resolve=names({"feed.test": ["127.0.0.1", "10.0.0.1"]}))
    server.answers["/feed"] = redirect("/b")
    outcome = failure(get(fetcher, server.url(host="feed.test")))
    fetcher.close()
    assert outcome.reason == "address"
    assert server.paths() == ["/feed"]
    assert server.headers()["host"] == f"feed.test:{server.port}".encode()


def test_next_address_is_tried(server: RawServer) -> None:
    """A name whose first address takes no connection is asked at the second."""
    fetcher = Fetcher("x", resolve=names({"feed.test": ["127.0.0.9 127.0.0.1"]}))
    server.answers["/feed"] = reply(body=FEED)
    fetched(get(fetcher, server.url(host="feed.test")))
    fetcher.close()


def test_unknown_and_impossible_names_are_dns_failures(fetcher: Fetcher) -> None:
    """A name that does not exist is told from a server that does not answer."""
    assert failure(get(fetcher, "http://nowhere.test/")).reason == "dns"
    real = Fetcher("x")
    assert failure(get(real, "http://" + "a" * 70 + ".test/")).reason == "dns"
    real.close()


def test_refused_connection_is_a_connect_failure(fetcher: Fetcher) -> None:
    """A closed port says so."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    outcome = failure(get(fetcher, f"http://127.0.0.1:{port}/"))
    assert outcome.reason == "connect"
    assert "refused" in outcome.message


def test_slow_lookup_ends_with_the_total_time() -> None:
    """A name server that does not answer holds nobody longer than the total time."""
    stop = threading.Event()

    def resolve(*_: object) -> list[Any]:
        stop.wait(10)
        return []

    fetcher = Fetcher("x", resolve=resolve)
    outcome = failure(get(fetcher, "http://feed.test/", limited(total_s=0.2)))
    stop.set()
    fetcher.close()
    assert outcome.reason == "timeout"
    assert outcome.elapsed_s < 1


# Time and size


def drip(head: bytes, byte: bytes) -> Callable[[socket.socket], None]:
    """Return a script that sends a head and then one byte every 20 ms, for ever."""

    def script(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(byte)
            time.sleep(0.02)

    return script


@pytest.mark.parametrize(
    ("head", "byte"),
    [
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"HTTP/1.1 410 Gone\r\n", b"X: y\r\n"),
        (b"", b"H"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_drip_ends_with_the_total_time(server: RawServer, fetcher: Fetcher, head: bytes, byte: bytes) -> None:
    """A byte now and then, in headers, body, chunks or trailers, keeps nobody longer than the total time."""
    server.answers["/feed"] = drip(head, byte)
    outcome = failure(get(fetcher, server.url(), limited(total_s=0.3)))
    assert outcome.reason == "timeout"
    assert "fetch.timeout" in outcome.message
    assert outcome.elapsed_s < 1.5


def test_silence_ends_with_the_read_time(server: RawServer, fetcher: Fetcher) -> None:
    """A server that accepts and says nothing is left after the time to read."""
    server.answers["/feed"] = lambda _: server.wait()
    outcome = failure(get(fetcher, server.url(), limited(read_s=0.2)))
    assert outcome.reason == "timeout"
    assert "fetch.read_timeout" in outcome.message
    assert outcome.elapsed_s < 1.5


def test_redirects_share_one_total_time(server: RawServer, fetcher: Fetcher) -> None:
    """The total time covers the whole chain, not each hop."""

    def slow(connection: socket.socket) -> None:
        time.sleep(0.15)
        connection.sendall(redirect(f"/{len(server.asked)}"))

    server.answers["*"] = slow
    outcome = failure(get(fetcher, server.url(), limited(total_s=0.4, max_redirects=20)))
    assert outcome.reason == "timeout"
    assert 1 <= len(outcome.hops) <= 3


def test_many_drips_end_together(server: RawServer, fetcher: Fetcher) -> None:
    """Twenty drips at once each end in time, and a healthy feed beside them is not late."""
    server.answers |= {
        "/drip": drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        "/feed": reply(body=FEED),
    }
    with ThreadPoolExecutor(21) as pool:
        drips = [pool.submit(get, fetcher, server.url("/drip"), limited(total_s=0.5)) for _ in range(20)]
        good = pool.submit(get, fetcher, server.url())
        assert fetched(good.result()).elapsed_s < 0.5
        outcomes = [failure(one.result()) for one in drips]
    assert {outcome.reason for outcome in outcomes} == {"timeout"}
    assert max(outcome.elapsed_s for outcome in outcomes) < 2


def test_close_ends_what_is_in_flight(server: RawServer, fetcher: Fetcher) -> None:
    """Closing does not wait for a server that drips, and the fetcher can be used again."""
    server.answers |= {"/drip": drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), "/feed": reply(body=FEED)}
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(get, fetcher, server.url("/drip"), limited(total_s=20, read_s=20))
        while not server.asked:
            time.sleep(0.005)
        fetcher.close()
        assert failure(running.result()).elapsed_s < 5
    fetched(get(fetcher, server.url()))


@pytest.mark.parametrize(
    "answer",
    [
        reply(body=b"x" * 2000),
        reply(body=gzip.compress(bytes(100_000)), headers={"Content-Encoding": "gzip"}),
        reply(body=gzip.compress(bytes(100_000))),
        b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 2000,
        CHUNKED + (b"64\r\n" + b"x" * 100 + b"\r\n") * 20 + b"0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
    ],
)
def test_large_body_is_left(server: RawServer, fetcher: Fetcher, answer: bytes) -> None:
    """More than the limit, on the wire or decoded, ends the transfer and names the key."""
    server.answers["/feed"] = answer
    outcome = failure(get(fetcher, server.url(), limited(max_bytes=1000)))
    assert outcome.reason == "too-large"
    assert "fetch.max_bytes" in outcome.message


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 " + b"x" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + (b"X: " + b"y" * 60 + b"\r\n") * 90 + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 150 + b"\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 200,
        b"HTTP/1.1 200 OK\r\n" + b"no header at all\r\n" * 1000 + b"\r\n",
    ],
)
def test_headers_have_a_bound(server: RawServer, fetcher: Fetcher, head: bytes) -> None:
    """Too long a line, too many lines or too many interim answers are refused."""
    server.answers["/feed"] = head
    outcome = failure(get(fetcher, server.url(), limited(max_header_bytes=4096)))
    assert outcome.reason == "headers"


# What is not quite HTTP


def test_interim_answers_and_broken_lines_are_passed_over(server: RawServer, fetcher: Fetcher) -> None:
    """100 and 103 are not the answer; a line that is no header does not hide those after it."""
    server.answers["/feed"] = (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\n continued from nowhere\r\nnot a header\r\nFrom me: x\r\n"
        b'ETag: "1"\r\nX-Folded: a\r\n b\r\nX-Return: a\rETag: "2"\r\n\r\n' + FEED
    )
    outcome = fetched(get(fetcher, server.url()))
    assert outcome.body == FEED
    assert outcome.headers == {"etag": '"1"', "x-folded": "a b", "x-return": 'a ETag: "2"'}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + FEED, "truncated"),
        (CHUNKED + b"5\r\n<rss>\r\n", "truncated"),
        (CHUNKED + b"5\r\n<r", "truncated"),
        (CHUNKED + b"zz\r\n<rss>\r\n", "truncated"),
        (reply(body=gzip.compress(FEED)[:-6], headers={"Content-Encoding": "gzip"}), "truncated"),
        (reply(body=FEED, headers={"Content-Encoding": "gzip, gzip"}), "encoding"),
        (reply(body=FEED, headers={"Content-Encoding": "br"}), "encoding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "encoding"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab", "headers"),
        (b"", "network"),
        (b"<rss/>", "headers"),
        (b"HTTP/1.1 99 Low\r\n\r\n", "headers"),
        (b"HTTP/1.1 two OK\r\n\r\n", "headers"),
        (b"HTTP/9.9.9 200 OK\r\n\r\n", "headers"),
        (bytes(range(128, 256)) * 100, "headers"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "headers"),
    ],
)
def test_broken_answer_is_a_failure(server: RawServer, fetcher: Fetcher, answer: bytes, reason: str) -> None:
    """What was cut, miscoded or never HTTP gives no body and a reason that can be shown."""
    server.answers["/feed"] = answer
    outcome = failure(get(fetcher, server.url()))
    assert outcome.reason == reason, outcome
    assert outcome.message.isascii()
    assert outcome.message.isprintable()


def test_http10_answer_without_length_is_read_to_its_end(server: RawServer, fetcher: Fetcher) -> None:
    """An old server ends its body by closing."""
    server.answers["/feed"] = b"HTTP/1.0 200 OK\r\n\r\n" + FEED
    assert fetched(get(fetcher, server.url())).body == FEED


# Statuses


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        ("204 No Content", {}, "http"),
        ("206 Partial Content", {}, "http"),
        ("226 IM Used", {}, "http"),
        ("300 Multiple Choices", {}, "http"),
        ("400 Bad Request", {}, "http"),
        ("401 Unauthorized", {}, "denied"),
        ("403 Forbidden", {}, "denied"),
        ("403 Forbidden", {"Retry-After": "60"}, "throttled"),
        ("403 Forbidden", {"X-RateLimit-Remaining": "0"}, "throttled"),
        ("403 Forbidden", {"X-RateLimit-Remaining": "7"}, "denied"),
        ("404 Not Found", {}, "not-found"),
        ("410 Gone", {}, "gone"),
        ("418 I'm a teapot", {}, "http"),
        ("429 Too Many Requests", {}, "throttled"),
        ("500 Internal Server Error", {}, "http"),
        ("503 Service Unavailable", {}, "throttled"),
        ("999 Denied", {}, "http"),
    ],
)
def test_status_means_something_for_the_next_poll(
    server: RawServer, fetcher: Fetcher, status: str, headers: dict[str, str], reason: str
) -> None:
    """Each status has its reason; its body is not read."""
    server.answers["/feed"] = reply(status, headers=headers)
    outcome = failure(get(fetcher, server.url()))
    assert (outcome.reason, outcome.status) == (reason, int(status[:3]))
    assert status[:3] in outcome.message


@pytest.mark.parametrize("flood", [b"X: y\r\n", b"1\r\na\r\n"])
def test_what_surrounds_chunks_counts(server: RawServer, fetcher: Fetcher, flood: bytes) -> None:
    """Endless trailers, and chunks of a byte, are cut at the size limit and not only by the clock."""
    taken = 0

    def answer(connection: socket.socket) -> None:
        nonlocal taken
        connection.sendall(CHUNKED + (b"" if flood[:1] == b"1" else b"1\r\na\r\n0\r\n"))
        while True:
            connection.sendall(flood * 1000)
            taken += len(flood) * 1000

    server.answers["/feed"] = answer
    options = replace(LOCAL, limits=replace(BRISK, max_bytes=300_000))
    assert failure(get(fetcher, server.url(), options)).reason == "too-large"
    assert taken < 20_000_000


def test_retry_after_is_an_instant(server: RawServer, fetcher: Fetcher) -> None:
    """Seconds count from the answer's arrival, by the given clock."""
    server.answers["/feed"] = reply("429 Slow Down", headers={"Retry-After": "90"})
    outcome = failure(get(fetcher, server.url()))
    assert outcome.retry_at is not None
    after_s = (outcome.retry_at - NOW).total_seconds() - 90
    assert 0 < after_s <= outcome.elapsed_s


@pytest.mark.parametrize("url", ["", "nonsense", "http://", "http://[::1", "http://a:99999/", "http://ü:x"])
def test_bad_url_is_a_failure(fetcher: Fetcher, url: str) -> None:
    """No URL raises."""
    assert failure(get(fetcher, url)).reason == "bad-url"


HEADER_NAMES = (
    *("Retry-After", "Content-Type", "Location", "ETag", "Date", "Cache-Control", "Set-Cookie", "Expires"),
    *("Content-Encoding", "Content-Length", "Transfer-Encoding", "Last-Modified"),
)
TELLING = (b"0", b"-1", b"9" * 400, b"gzip", b"chunked", b"/feed", b"http://127.0.0.1:1/", b"a=b; Expires=x")
HEADER_BYTES = st.one_of(
    st.binary(max_size=60).map(lambda value: value.replace(b"\n", b"")), st.sampled_from(TELLING)
)


@given(
    status=st.sampled_from([b"200", b"301", b"304", b"403", b"429", b"503"]),
    fields=st.lists(st.tuples(st.sampled_from(HEADER_NAMES), HEADER_BYTES), max_size=6),
    body=st.binary(max_size=40),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_answer_raises(
    server: RawServer, fetcher: Fetcher, status: bytes, fields: list[tuple[str, bytes]], body: bytes
) -> None:
    """Whatever the headers hold, the outcome is one of three, and what it gives back can be sent again."""
    lines = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in fields)
    server.answers["/feed"] = b"HTTP/1.1 " + status + b" X\r\n" + lines + b"\r\n" + body
    server.asked.clear()
    options = replace(
        LOCAL,
        allow_private=(f"127.0.0.1:{server.port}",),
        limits=Limits(connect_s=1, read_s=1, total_s=2, max_redirects=1),
    )
    outcome = get(fetcher, server.url(), options, etag='"1"')
    assert not set("".join(outcome.headers.values())) & {"\r", "\n"}
    again = get(fetcher, server.url(), options, etag=outcome.headers.get("etag", ""))
    assert isinstance(again, Fetched | NotModified | FetchFailure)


# TLS


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ca.pem, and server.pem (for feed.test) and client.pem signed by it, keys inside."""
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*arguments: str) -> None:
        try:
            subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
        except FileNotFoundError:
            pytest.skip("the openssl command is absent: no certificates to test TLS with")

    def request(name: str, *more: str) -> None:
        openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
            "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt", *more,
        )  # fmt: skip

    request("ca", "-addext", "keyUsage=critical,keyCertSign")
    (folder / "ca.pem").write_bytes((folder / "ca.crt").read_bytes())
    for name in ("server", "client"):
        request(
            name, "-CA", "ca.crt", "-CAkey", "ca.key", "-addext", "subjectAltName=DNS:feed.test",
            "-addext", "basicConstraints=critical,CA:FALSE",
        )  # fmt: skip
        (folder / f"{name}.pem").write_bytes(
            (folder / f"{name}.key").read_bytes() + (folder / f"{name}.crt").read_bytes()
        )
    return folder


@pytest.fixture
def tls(certificates: Path) -> Iterator[RawServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem")
    started = RawServer(tls=context)
    started.answers["/feed"] = reply(body=FEED)
    yield started
    started.close()


@pytest.fixture
def named() -> Iterator[Fetcher]:
    """A fetcher for which feed.test and other.test are loopback."""
    started = Fetcher("x", resolve=names({"feed.test": ["127.0.0.1"], "other.test": ["127.0.0.1"]}))
    yield started
    started.close()


def test_certificate_is_verified_for_the_name_of_the_url(
    tls: RawServer, named: Fetcher, certificates: Path
) -> None:
    """The socket goes to a checked address, yet SNI and certificate are the name's; unknown signers fail."""
    trusting = replace(LOCAL, ca_file=str(certificates / "ca.pem"))
    assert fetched(get(named, tls.url(scheme="https", host="feed.test"), trusting)).body == FEED
    wrong_name = failure(get(named, tls.url(scheme="https", host="other.test"), trusting))
    assert wrong_name.reason == "tls"
    assert "other.test" in wrong_name.message
    unknown = failure(get(named, tls.url(scheme="https", host="feed.test")))
    assert unknown.reason == "tls"
    assert "certificate" in unknown.message


def test_tls_where_http_is_spoken_is_said(publishers: Publishers, fetcher: Fetcher) -> None:
    """https for an address that speaks plain HTTP is answered with the question that helps."""
    outcome = failure(get(fetcher, publishers.put(FEED).replace("http://", "https://")))
    assert outcome.reason == "tls"
    assert outcome.message.endswith("; is it http:// there?")


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"])
def test_drip_over_tls_ends_with_the_total_time(tls: RawServer, named: Fetcher, head: bytes) -> None:
    """The watchdog reaches the connection below TLS too."""
    tls.answers["/feed"] = drip(head, b"H")
    options = replace(limited(total_s=0.4), verify=False)
    outcome = failure(get(named, tls.url(scheme="https", host="feed.test"), options))
    assert outcome.reason == "timeout"
    assert outcome.elapsed_s < 2


def test_verification_can_be_turned_off_for_one_feed(tls: RawServer, named: Fetcher) -> None:
    """`verify: false` holds for its own request alone, and warns nobody at each poll."""
    url = tls.url(scheme="https", host="other.test")
    assert fetched(get(named, url, replace(LOCAL, verify=False))).body == FEED
    assert failure(get(named, url)).reason == "tls"


def test_client_certificate_is_shown(certificates: Path, named: Fetcher) -> None:
    """A server that wants a certificate gets the feed's, if it is the feed's own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem")
    context.load_verify_locations(certificates / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    server = RawServer(tls=context)
    server.answers["/feed"] = reply(body=FEED)
    options = replace(LOCAL, ca_file=str(certificates / "ca.pem"))
    url = server.url(scheme="https", host="feed.test")
    certified = replace(options, client_cert=(str(certificates / "client.pem"),))
    with_one = get(named, url, certified)
    without = get(named, url, options)
    moved_here = get(named, url, certified, home_url="https://other.test/")
    server.close()
    assert fetched(with_one).body == FEED
    assert failure(moved_here).reason in ("tls", "network")
    assert failure(without).reason in ("tls", "network")


@pytest.mark.parametrize("name", ["absent.pem", "empty.pem"])
def test_unusable_certificate_file_is_named(named: Fetcher, tmp_path: Path, name: str) -> None:
    """A CA file that is absent or holds no certificate is a TLS failure that names it."""
    (tmp_path / "empty.pem").write_text("nothing")
    outcome = failure(get(named, "https://feed.test/", replace(LOCAL, ca_file=str(tmp_path / name))))
    assert outcome.reason == "tls"
    assert name in outcome.message


def test_plain_server_is_no_tls_server(server: RawServer, fetcher: Fetcher) -> None:
    """https to a port that speaks http is a TLS failure, and nobody tries http instead."""
    server.answers["*"] = reply(body=FEED)
    outcome = failure(get(fetcher, server.url(scheme="https"), limited(connect_s=0.3)))
    assert outcome.reason in ("tls", "timeout")


def test_handshake_that_stands_still_ends(server: RawServer, fetcher: Fetcher) -> None:
    """A server that takes the connection and no handshake is left after the time to connect."""
    outcome = failure(get(fetcher, server.url(scheme="https"), limited(connect_s=0.2)))
    assert outcome.reason == "timeout"
    assert "fetch.connect_timeout" in outcome.message


# Proxies


def test_http_goes_through_the_proxy(server: RawServer, fetcher: Fetcher) -> None:
    """A proxy gets the whole URL and its own password; its address needs no allowance."""
    server.answers["/feed"] = reply(body=FEED)
    proxy = f"http://me:secret-word@127.0.0.1:{server.port}"
    outcome = fetched(get(fetcher, "http://unknown.test/feed", FetchOptions(proxy=proxy, limits=BRISK)))
    assert outcome.url == "http://unknown.test/feed"
    assert server.paths() == ["http://unknown.test/feed"]
    assert server.headers()["proxy-authorization"] == b"Basic bWU6c2VjcmV0LXdvcmQ="
    assert "secret" not in repr(outcome)


def test_https_goes_through_a_tunnel(tls: RawServer, named: Fetcher, certificates: Path) -> None:
    """A proxy tunnels TLS: it sees host and port, the feed sees no proxy password."""
    proxy = RawServer()

    def tunnel(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", tls.port)) as onward:
            connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=pump, args=(onward, connection))
            back.start()
            pump(connection, onward)
            back.join()

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return

    proxy.answers["*"] = tunnel
    options = replace(
        LOCAL, ca_file=str(certificates / "ca.pem"), proxy=f"http://me:secret@127.0.0.1:{proxy.port}"
    )
    outcome = get(named, tls.url(scheme="https", host="feed.test"), options)
    proxy.close()
    assert fetched(outcome).body == FEED
    assert proxy.asked[0].startswith(f"CONNECT feed.test:{tls.port} ".encode())
    assert proxy.headers(0)["proxy-authorization"] == b"Basic bWU6c2VjcmV0"
    assert "proxy-authorization" not in tls.headers()


def test_proxy_may_be_an_address_in_brackets(fetcher: Fetcher) -> None:
    """A proxy with an IPv6 address is asked for both schemes, and for hosts with such an address."""
    proxy = RawServer("::1")
    options = FetchOptions(proxy=f"http://[::1]:{proxy.port}", limits=BRISK)
    for url in ("http://unknown.test/", "https://unknown.test/", "https://[2606:4700::1]:8443/"):
        get(fetcher, url, options)
    proxy.close()
    asked = [head.partition(b" HTTP/1.")[0] for head in proxy.asked]
    assert asked[0] == b"GET http://unknown.test/"
    assert asked[1:] == [b"CONNECT unknown.test:443", b"CONNECT [2606:4700::1]:8443"]


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://feed.test/", "https://169.254.169.254/"])
def test_proxy_is_not_sent_to_private_places(server: RawServer, named: Fetcher, url: str) -> None:
    """What is private by its address, or by its name as it resolves here, is not asked of a proxy."""
    options = FetchOptions(proxy=f"http://127.0.0.1:{server.port}", limits=BRISK)
    assert failure(get(named, url, options)).reason == "address"
    assert server.asked == []


def test_refusing_proxy_is_a_failure(server: RawServer, fetcher: Fetcher) -> None:
    """A proxy that lets nobody through is told, without its password."""
    server.answers["*"] = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"
    proxy = f"http://me:secret@127.0.0.1:{server.port}"
    outcome = failure(get(fetcher, "https://unknown.test/", FetchOptions(proxy=proxy, limits=BRISK)))
    assert outcome.reason in ("connect", "network")
    assert "407" in outcome.message
    assert "secret" not in repr(outcome)


def test_proxy_that_hangs_up_is_told_from_the_feed(server: RawServer, fetcher: Fetcher) -> None:
    """A proxy that breaks off before TLS stands is what gave no connection, not the feed's server."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def reset() -> None:
            connection, _ = proxy.accept()
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        resetting = threading.Thread(target=reset)
        resetting.start()
        options = FetchOptions(proxy=f"https://127.0.0.1:{proxy.getsockname()[1]}", limits=BRISK)
        outcome = failure(get(fetcher, "https://unknown.test/", options))
        resetting.join(5)
    assert outcome.reason == "connect"
    assert outcome.message == "the proxy gave no connection to unknown.test: Connection reset by peer"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "nonsense", "http://"])
def test_other_proxies_are_refused(fetcher: Fetcher, proxy: str) -> None:
    """Only http and https proxies are spoken to."""
    outcome = failure(get(fetcher, "http://unknown.test/", FetchOptions(proxy=proxy, limits=BRISK)))
    assert outcome.reason == "bad-url"


# All together


def test_one_fetcher_serves_many_threads(server: RawServer, fetcher: Fetcher) -> None:
    """Outcomes are not mixed up between threads, and no socket is left open."""
    for n in range(60):
        server.answers[f"/{n}"] = reply(body=str(n).encode() * 100)
    before = open_sockets()
    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(lambda n: get(fetcher, server.url(f"/{n}")), range(60)))
    assert [fetched(one).body for one in outcomes] == [str(n).encode() * 100 for n in range(60)]
    server.close()
    assert open_sockets() <= before


def open_sockets() -> int:
    """Count this process's sockets."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found += str(entry.readlink()).startswith("socket:")
        except FileNotFoundError:
            continue
    return found

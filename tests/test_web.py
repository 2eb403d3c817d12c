"""The hub's pages and feeds over HTTP, asked of the real server on loopback."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import html5lib
import pytest
import requests

from feedhub.errors import UsageError
from feedhub.model import etag_of
from feedhub.pages import story_path
from feedhub.web import server
from tests.sample_site import OUTPUTS, MemoryStore, make_app, serving
from tests.sample_stories import full_story

STORY = f"/{story_path(full_story().id)}"
PAGES = [
    "/",
    "/all.html",
    "/tag/python.html",
    "/category/programming.html",
    "/picked.html",
    "/all/2026-03-05.html",
    STORY,
    "/search",
    "/search?q=Post&in=all&order=best",
    "/search?q=%22%3E%3Cscript%3E&page=2",
    "/status",
    "/status?state=failing&q=two&order=name&page=9",
    "/status.html?state=%22%3E&category=%3Cb%3E",
    "/nothing",
]
OTHERS = ["/opml.xml", "/status.json", "/healthz", "/health.atom", "/robots.txt"]
FEEDS = [
    f"/{output.path}.{name}" for output in OUTPUTS.values() if not output.private for name in output.formats
]
CONTENT_TYPES = {
    "/all.atom": "application/atom+xml; charset=utf-8",
    "/all.rss": "application/rss+xml; charset=utf-8",
    "/all.json": "application/feed+json; charset=utf-8",
    "/opml.xml": "text/x-opml; charset=utf-8",
    "/all.opml": "text/x-opml; charset=utf-8",
    "/category/programming.opml": "text/x-opml; charset=utf-8",
    "/": "text/html; charset=utf-8",
    "/status.json": "application/json; charset=utf-8",
    "/robots.txt": "text/plain; charset=utf-8",
    "/static/feedhub.css": "text/css; charset=utf-8",
    "/static/feedhub.svg": "image/svg+xml; charset=utf-8",
}


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    """One store for all tests of this file: they only read."""
    return MemoryStore()


@pytest.fixture(scope="module")
def base(store: MemoryStore) -> Iterator[str]:
    """The address of a running server."""
    with serving(make_app(store)) as address:
        yield address


def ask(url: str, method: str = "GET", **headers: str) -> requests.Response:
    """Send a request without the headers that requests adds by itself."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers.clear()
        sent: dict[str, Any] = {"Accept-Encoding": None} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return session.request(method, url, headers=sent, allow_redirects=False, timeout=10)


@pytest.mark.parametrize("path", FEEDS)
def test_feed_is_the_stored_bytes(base: str, store: MemoryStore, path: str) -> None:
    """A feed is served byte for byte as it was published, with its validators, to scripts of any site."""
    document = store.published[path.removeprefix("/")]
    answer = ask(base + path)
    assert (answer.status_code, answer.content) == (200, document.body)
    assert answer.headers["ETag"] == document.etag
    assert answer.headers["Last-Modified"].endswith("GMT")
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"] == document.content_type


@pytest.mark.parametrize(("path", "content_type"), CONTENT_TYPES.items())
def test_content_type(base: str, path: str, content_type: str) -> None:
    """Every address names its media type and charset."""
    assert ask(base + path).headers["Content-Type"] == content_type


LATE = "Sat, 28 Mar 2026 12:00:00 GMT"
CONDITIONS: list[tuple[dict[str, str], int]] = [
    ({"If_None_Match": "{etag}"}, 304),
    ({"If_None_Match": "W/{etag}"}, 304),
    ({"If_None_Match": '"other", W/{etag}'}, 304),
    ({"If_None_Match": "*"}, 304),
    ({"If_None_Match": '"other"'}, 200),
    ({"If_None_Match": ""}, 200),
    ({"If_None_Match": '"other"', "If_Modified_Since": LATE}, 200),
    ({"If_None_Match": "{etag}", "If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 304),
    ({"If_Modified_Since": "{modified}"}, 304),
    ({"If_Modified_Since": LATE}, 304),
    ({"If_Modified_Since": "Saturday, 28-Mar-26 12:00:00 GMT"}, 304),
    ({"If_Modified_Since": "Sat Mar 28 12:00:00 2026"}, 304),
    ({"If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 200),
    ({"If_Modified_Since": "yesterday"}, 200),
    ({"If_Modified_Since": "Sat, 99 Mar 2026 99:00:00 GMT"}, 200),
    ({"If_None_Match": "{gzip_etag}", "Accept_Encoding": "gzip"}, 304),
    ({"If_None_Match": "{gzip_etag}"}, 304),
    ({"If_None_Match": "{etag}", "Accept_Encoding": "gzip"}, 304),
]


@pytest.mark.parametrize(("headers", "status"), CONDITIONS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_condition(base: str, method: str, headers: dict[str, str], status: int) -> None:
    """A condition is answered as RFC 9110 section 13 has it: a list, weakly compared, before any date."""
    plain = ask(base + "/all.atom")
    packed = ask(base + "/all.atom", Accept_Encoding="gzip")
    known = {
        "etag": plain.headers["ETag"],
        "gzip_etag": packed.headers["ETag"],
        "modified": plain.headers["Last-Modified"],
    }
    answer = ask(
        base + "/all.atom", method, **{name: value.format(**known) for name, value in headers.items()}
    )
    assert answer.status_code == status
    assert answer.headers["Vary"] == "Accept-Encoding, Accept"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert bool(answer.content) == (status == 200 and method == "GET")


@pytest.mark.parametrize("sent", ["etag", "gzip_etag"])
def test_304_names_the_copy_that_is_current(base: str, sent: str) -> None:
    """A 304 carries the ETag that the client showed, so that a cache updates the copy that it holds."""
    etag = ask(base + "/all.atom", Accept_Encoding="gzip" if sent == "gzip_etag" else "identity").headers[
        "ETag"
    ]
    answer = ask(base + "/all.atom", If_None_Match=etag, Accept_Encoding="gzip")
    assert (answer.status_code, answer.headers["ETag"]) == (304, etag)


@pytest.mark.parametrize(
    ("accept", "packed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("x-gzip", True),
        ("gzip;q=0", False),
        ("*, gzip;q=0", False),
        ("gzip;q=high", False),
        ("br", False),
        ("identity", False),
        ("", False),
    ],
)
def test_gzip(base: str, accept: str, packed: bool) -> None:
    """A body is gzipped for those who take it, under an ETag of its own, and is the same inside."""
    plain = ask(base + "/all.rss")
    with requests.get(
        base + "/all.rss", headers={"Accept-Encoding": accept}, stream=True, timeout=10
    ) as answer:
        body = answer.raw.read(decode_content=False)
    assert (answer.headers.get("Content-Encoding") == "gzip") == packed
    assert (answer.headers["ETag"] != plain.headers["ETag"]) == packed
    assert (gzip.decompress(body) if packed else body) == plain.content
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert int(answer.headers["Content-Length"]) == len(body)


@pytest.mark.parametrize("path", [*PAGES, *FEEDS, *OTHERS])
def test_head(base: str, path: str) -> None:
    """HEAD says what GET says, without the body."""
    got, headed = ask(base + path), ask(base + path, "HEAD")
    assert headed.content == b""
    assert headed.status_code == got.status_code
    kept = {"content-type", "content-length", "etag", "last-modified", "cache-control"}
    assert {k: v for k, v in headed.headers.items() if k.lower() in kept} == {
        k: v for k, v in got.headers.items() if k.lower() in kept
    }


@pytest.mark.parametrize(
    "path", [*PAGES, *FEEDS, "/opml.xml", "/static/feedhub.css", "/tag/python", "/healthz"]
)
def test_guard_headers(base: str, path: str) -> None:
    """Every answer forbids scripts, sniffing and referrers; feeds too, as browsers show them."""
    answer = ask(base + path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", PAGES)
def test_page_is_sound_html(base: str, path: str) -> None:
    """A page is HTML without errors, with our one script, no inline styles, handlers or links that run."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(ask(base + path).text)
    assert parser.errors == []
    assert tree.get("lang") == "en"
    assert [dict(script.attrib) for script in tree.iter("script")] == [
        {"src": "/static/feedhub.js", "defer": ""}
    ]
    assert not list(tree.iter("style"))
    for element in tree.iter():
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]
        assert not element.get("href", "").lower().startswith(("javascript:", "data:"))
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert len(list(tree.iter("h1"))) == 1
    assert [link for link in tree.iter("link") if link.get("rel") == "alternate"]


@pytest.mark.parametrize("path", PAGES)
def test_links_of_a_page_lead_somewhere(base: str, path: str) -> None:
    """Every link inside the hub is relative and answered, so that a page works from any folder."""
    tree = html5lib.parse(ask(base + path).text, namespaceHTMLElements=False)
    links = {e.get(name) for e in tree.iter() for name in ("href", "src") if e.get(name)}
    for link in links:
        if not link.startswith(("http:", "https:", "#")):
            assert link == "/static/feedhub.js" or not link.startswith("/")
            assert requests.get(requests.compat.urljoin(base + path, link), timeout=10).status_code == 200, (
                link
            )


def test_hostile_title_is_text(base: str) -> None:
    """Markup in a title is shown as text, an overriding direction ends with it, a bad link is no link."""
    page = ask(base + "/all.html").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; \u202e" in page
    assert "javascript:" not in page
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    holders = [e.tag for e in tree.iter() if "\u202e" in (e.text or "")]
    assert set(holders) == {"bdi"}


def test_long_title_and_text_are_cut(base: str) -> None:
    """A title and a body of a megabyte leave a page small."""
    page = ask(base + "/all.html")
    assert len(page.content) < 20_000
    assert "One two" in page.text


def test_story_names_its_sources(base: str) -> None:
    """A story of several feeds names the others, and its language."""
    tree = html5lib.parse(ask(base + "/all.html").text, namespaceHTMLElements=False)
    also = ["".join(e.itertext()).strip() for e in tree.iter("p") if e.get("class") == "also"]
    assert "Also in Feed <two> & more, Feed three" in also
    assert [e.get("lang") for e in tree.iter("bdi") if "央行" in (e.text or "")] == ["zh-CN"]


def test_tag_links_to_its_page(base: str) -> None:
    """A tag that has an output links to it; one that has none is a word."""
    tree = html5lib.parse(ask(base + "/all.html").text, namespaceHTMLElements=False)
    tags = [e for e in tree.iter() if "p-category" in e.get("class", "")]
    assert {e.get("href") for e in tags if "".join(e.itertext()) == "python"} == {"tag/python.html"}
    assert {e.tag for e in tags if "".join(e.itertext()) == "releases"} == {"bdi"}


def test_output_keeps_its_age(base: str) -> None:
    """A page shows stories as old as the output's feeds do, and no older."""
    page = ask(base + "/picked.html").text
    assert "央行" in page and "AT&amp;T" not in page


@pytest.mark.parametrize(
    "path", ["/secret", "/secret.html", "/secret.atom", "/secret.rss", "/secret.json", "/SECRET.atom"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_private_output_does_not_exist(base: str, store: MemoryStore, path: str, method: str) -> None:
    """A private output is answered as an address that was never published."""
    assert "secret.atom" in store.published
    private, absent = ask(base + path, method), ask(base + "/absent.atom", method)
    assert private.status_code == 404
    assert private.content == absent.content


@pytest.mark.parametrize("path", [*PAGES, *OTHERS])
def test_private_things_are_not_named(base: str, path: str) -> None:
    """No page names a private output, a private feed, its stories, or the query of a feed's address."""
    text = ask(base + path).text.lower()
    assert not [
        word for word in ("secret", "salaries", "hidden feed", "hidden.example", "hunter2") if word in text
    ]
    assert "private matter" not in text


@pytest.mark.parametrize("path", ["/tag/python", "/all"])
def test_bare_path_leads_to_the_page(base: str, path: str) -> None:
    """An output's path without suffix leads to its page, wherever the site is mounted."""
    answer = ask(base + path)
    assert answer.status_code == 302
    assert answer.headers["Location"] == path.rpartition("/")[2] + ".html"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/tag/nothing.atom",
        "/all.xml",
        "/all.atom/",
        "/category/programming.rss",
        "/static/nothing.css",
        f"/static/{'n' * 300}.css",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/..%2f..%2fetc%2fpasswd",
        "/all.atom%00",
        "/%ff%fe",
        "//evil.example/all",
        "/a/b/c/d/e",
    ],
)
def test_nothing_here(base: str, path: str) -> None:
    """Any other address is a 404 page that leads back to the front page."""
    answer = requests.Session().send(
        requests.Request("GET", base).prepare() if path is None else raw(base, path)
    )
    assert answer.status_code == 404
    assert "Nothing here" in answer.text
    assert path.removeprefix("/") not in answer.text


def raw(base: str, path: str) -> requests.PreparedRequest:
    """Prepare a request whose path goes out as it is."""
    request = requests.Request("GET", base).prepare()
    request.url = base + path
    return request


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_only_reading(base: str, method: str) -> None:
    """Nothing can be written: any other method is a 405 that names those which are allowed."""
    answer = ask(base + "/all.atom", method)
    assert answer.status_code == 405
    assert {"GET", "HEAD"} <= set(answer.headers["Allow"].replace(" ", "").split(","))


def test_preflight_allows_conditions(base: str) -> None:
    """A script of another site may send If-None-Match to a feed."""
    answer = ask(base + "/all.json", "OPTIONS", Origin="https://reader.example")
    assert answer.status_code == 204
    assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]


def test_front_page_lists_outputs(base: str) -> None:
    """The front page lists every public output with its feeds and its newest stories."""
    page = ask(base + "/").text
    for path in FEEDS:
        assert f'href="{path.removeprefix("/")}"' in page
    assert "Picked &lt;b&gt;by hand&lt;/b&gt;" in page


def test_front_page_reads_only_what_changed() -> None:
    """An output is read again for the front page only when one of its documents changed."""
    store = MemoryStore()
    with serving(make_app(store)) as base:
        first = ask(base + "/")
        store.asked.clear()
        assert ask(base + "/", If_None_Match=first.headers["ETag"]).status_code == 304
        assert store.asked == []
        store.lists["tag/python"] = store.lists["tag/python"][:1]
        store.publish(OUTPUTS["tag/python"])
        assert ask(base + "/", If_None_Match=first.headers["ETag"]).status_code == 200
        assert store.asked == ["tag/python"]


def test_pages_have_validators(base: str) -> None:
    """A page that did not change is a 304."""
    page = ask(base + "/all.html")
    assert page.headers["ETag"] == etag_of(page.content)
    assert ask(base + "/all.html", If_None_Match=page.headers["ETag"]).status_code == 304


def test_store_out_of_reach() -> None:
    """A store that does not answer is a 503 that says when to come back, not a traceback."""
    store = MemoryStore()
    store.broken = True
    with serving(make_app(store)) as base:
        answer = ask(base + "/all.atom")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "database is locked" not in answer.text


def test_taken_port_is_said_at_once() -> None:
    """A port that is taken is an error in words before anything is served."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="cannot listen"):
        server(make_app(MemoryStore()), "127.0.0.1", taken.getsockname()[1])


def test_idle_connections_do_not_block(base: str) -> None:
    """Two hundred connections that say nothing leave the others served."""
    host, _, port = base.removeprefix("http://").partition(":")
    idle = [socket.create_connection((host, int(port)), timeout=5) for _ in range(200)]
    try:
        answer = ask(base + "/all.atom")
        assert answer.status_code == 200
        assert answer.elapsed.total_seconds() < 1
    finally:
        for connection in idle:
            connection.close()


@pytest.mark.parametrize("sent", [b"", b"GET /all.atom HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_slow_head_is_cut_off(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    """A connection that does not finish its head in time is closed."""
    monkeypatch.setattr("feedhub.web.listener.HEAD_TIMEOUT_S", 0.05)
    with serving(make_app(MemoryStore())) as base:
        host, _, port = base.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(sent)
            with suppress(ConnectionResetError):
                assert connection.recv(100) == b""


def test_large_head_is_refused(base: str) -> None:
    """A head that goes on and on is refused before it ends."""
    host, _, port = base.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"GET /all.atom HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * 20_000)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")

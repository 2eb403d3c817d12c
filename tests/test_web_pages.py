"""What people who look at the hub's pages are answered: subscribing, searching, stories, policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import html5lib
import pytest

from feedhub.model import Catalogue
from feedhub.pages import Shelf, story_path
from tests.sample_site import (
    CONTENT_STORY,
    FEEDS,
    NOW,
    OUTPUTS,
    Choice,
    MemoryStore,
    make_app,
    sample_store,
    serving,
)
from tests.sample_stories import SITE
from tests.test_web import ask

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
ACCEPTS = [
    (BROWSER, True),
    ("text/html", True),
    ("application/rss+xml;q=0.5, text/html", True),
    ("text/html;q=0.9, application/xml", False),
    ("application/xml, application/atom+xml, application/rss+xml, text/html, */*;q=0.9", False),
    ("application/rss+xml, text/html;q=0.7", False),
    ("*/*", False),
    ("text/*", False),
    ("text/html;q=0", False),
    ("text/html;q=x", False),
    ("", False),
    (None, False),
]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The address of a running server."""
    with serving(make_app(sample_store())) as address:
        yield address


def test_search_page(base: str) -> None:
    """A search shows what it found and for what; one for nothing says how to search."""
    page = ask(base + "/search?q=%E5%A4%AE%E8%A1%8C").text
    assert "1 story" in page and "央行宣布下调存款准备金率" in page and 'value="央行"' in page
    assert "No story has all of these words." in ask(base + "/search?q=zzz").text
    assert "must be in a story" in ask(base + "/search?q=").text
    assert "Only in" in ask(base + "/search?q=Post&in=tag/python").text
    assert "Only in" not in ask(base + "/search?q=Post&in=secret").text
    for page in ("-1", "x", "99999999", "٣"):
        assert ask(f"{base}/search?q=Post&page={page}").status_code == 200


@pytest.mark.parametrize(("accept", "page"), ACCEPTS)
@pytest.mark.parametrize("path", ["/all.atom", "/all.rss", "/all.json"])
def test_browser_is_shown_how_to_subscribe(base: str, path: str, accept: str | None, page: bool) -> None:
    """Who likes pages better than feeds is shown one at a feed's address; any other gets the feed."""
    answer = ask(base + path, Accept=accept)
    assert answer.headers["Content-Type"].startswith("text/html") == page
    assert answer.headers["Vary"] == "Accept-Encoding, Accept"
    if page:
        assert f'value="https://feeds.example.org{path}"' in answer.text


def test_page_and_feed_have_validators_of_their_own(base: str) -> None:
    """The ETag of the page never answers for the feed, nor the other way round."""
    feed, page = ask(base + "/all.atom"), ask(base + "/all.atom", Accept=BROWSER)
    assert feed.headers["ETag"] != page.headers["ETag"]
    for accept, etag, status in (
        (BROWSER, page.headers["ETag"], 304),
        (BROWSER, feed.headers["ETag"], 200),
        ("*/*", page.headers["ETag"], 200),
        ("*/*", feed.headers["ETag"], 304),
    ):
        assert ask(base + "/all.atom", Accept=accept, If_None_Match=etag).status_code == status


def test_browser_can_see_the_feed_itself(base: str) -> None:
    """The page links to the feed as it is; a private feed has no page."""
    assert (
        ask(base + "/all.atom?view=source", Accept=BROWSER)
        .headers["Content-Type"]
        .startswith("application/atom+xml")
    )
    assert (
        ask(base + "/secret.atom", Accept=BROWSER).content == ask(base + "/no.atom", Accept=BROWSER).content
    )


def test_code_of_an_address(base: str) -> None:
    """The address of a public feed comes as a code to scan, whose script-free image is the hub's own."""
    answer = ask(base + "/tag/python.atom.svg")
    assert answer.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert answer.content.startswith(b"<svg") and b"<script" not in answer.content
    for path in ("/secret.atom.svg", "/all.opml.svg", "/all.svg", "/category/programming.rss.svg"):
        assert ask(base + path).status_code == 404


@pytest.mark.parametrize("taken_away", [True, False])
def test_hub_under_a_path(taken_away: bool) -> None:
    """A hub whose public address has a path answers with and without it: a proxy may take it away."""
    with serving(make_app(sample_store(), url="https://example.org/my/feeds/")) as address:
        base = address if taken_away else f"{address}/my/feeds"
        page = ask(f"{base}/tag/python.html")
        assert page.status_code == ask(f"{base}/").status_code == ask(f"{base}/all.atom").status_code == 200
        tree = html5lib.parse(page.text, namespaceHTMLElements=False)
        assert [script.get("src") for script in tree.iter("script")] == ["/my/feeds/static/feedhub.js"]
        assert ask(f"{base}/static/feedhub.js").status_code == 200
        assert ask(f"{base}/nothing").status_code == 404


def test_pictures_only_where_they_are_wanted(base: str) -> None:
    """Pictures of publishers are links, and the policy forbids them; with `remote_images` both allow them."""
    path = f"/{story_path(CONTENT_STORY.id)}"
    page = ask(base + path)
    assert '<img src="https' not in page.text and "Image: A picture" in page.text
    assert "img-src 'self';" in page.headers["Content-Security-Policy"]
    with serving(make_app(sample_store(), remote_images=True)) as allowing:
        page = ask(allowing + path)
        assert '<img src="https://elsewhere.example/pixel.png" alt="A picture" loading="lazy"' in page.text
        assert "img-src 'self' https: http:;" in page.headers["Content-Security-Policy"]
        assert "img-src 'self';" in ask(allowing + "/all.atom").headers["Content-Security-Policy"]


def test_policy_stays_with_a_page_that_is_kept(base: str) -> None:
    """A 304 says nothing of the policy, so that a browser keeps the one its page came with."""
    page = ask(base + "/all.html")
    again = ask(base + "/all.html", If_None_Match=page.headers["ETag"])
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert (again.status_code, again.headers.get("Content-Security-Policy")) == (304, None)


def test_a_page_is_kept_for_its_own_catalogue_alone() -> None:
    """A page that was begun before a reload and ended after it is not shown again."""

    class Turning(MemoryStore):
        """A store in which something else happens while it is asked."""

        meanwhile: Callable[[], object] | None = None

        def versions(self) -> dict[str, str]:
            act, self.meanwhile = self.meanwhile, None
            if act:
                act()
            return super().versions()

    store = Turning()
    old = Catalogue(site=SITE, feeds=FEEDS, categories={}, outputs=OUTPUTS)
    in_force = [old]
    with serving(make_app(store, catalogue=lambda: in_force[-1])) as base:

        def reload() -> None:
            in_force.append(replace(old, site=replace(SITE, title="Another name")))
            ask(base + "/status.json")

        store.meanwhile = reload
        assert "Another name" not in ask(base + "/all.html").text
        assert "Another name" in ask(base + "/all.html").text


def test_story_shows_as_much_as_its_outputs_do() -> None:
    """A story that outputs show in part, or by its title alone, is shown no further on its page."""
    store = sample_store()
    for content, shown in (("full", "Outside"), ("summary", "A heading of its own"), ("none", "")):
        outputs = {path: replace(one, content=content) for path, one in OUTPUTS.items()}
        catalogue = Catalogue(site=SITE, feeds=FEEDS, categories={}, outputs=outputs)
        view = Shelf(store, catalogue, Choice(store), lambda: NOW).story(CONTENT_STORY.id)
        assert (shown in view.content) if shown else view.content == view.line.excerpt == ""
        assert ("Outside" in view.content) == (content == "full")

"""The pages: read from the shelf, rendered once, kept until what they show changes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from feedhub.model import Catalogue, Output, etag_of
from feedhub.pages import (
    Card,
    DayPage,
    FeedHealth,
    HubState,
    Inquiry,
    Pages,
    Shelf,
    day_of,
    health_feed,
    qr_svg,
    story_id,
)
from feedhub.pages.healthfeed import ITEMS
from feedhub.pages.lines import Discretion
from feedhub.pages.shelf import Selecting
from feedhub.ports import Store
from feedhub.web.cache import PageCache
from feedhub.web.feeds import FEED_CACHE, FEED_VARY
from feedhub.web.negotiate import prefers_page
from feedhub.web.respond import GzipCache, Representation, represent, respond

_TEXT = "text/plain; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_JSON = "application/json; charset=utf-8"
_SVG = "image/svg+xml; charset=utf-8"
_STATIC_CACHE = "public, max-age=3600"
FEEDS_KEPT = timedelta(seconds=5)


class PageViews:
    """What a page's address answers; every method runs in a worker thread."""

    def __init__(
        self,
        store: Store,
        catalogue: Callable[[], Catalogue],
        selecting: Selecting,
        pages: Pages,
        gzips: GzipCache,
        health: Callable[[], HubState],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._selecting = selecting
        self._pages = pages
        self._gzips = gzips
        self._health = health
        self._clock = clock
        self._cache = PageCache()
        self._numbers = itertools.count(1)
        self._health_read: tuple[Shelf, datetime, tuple[list[FeedHealth], int]] | None = None
        self._since = clock()
        self._shelf = self._fill(catalogue())
        self._cards: dict[str, tuple[tuple[Output, str, Discretion], Card]] = {}

    def front(self, request: Request) -> Response:
        shelf, versions = self._open(), self._store.versions()
        outputs = [one for one in shelf.outputs.values() if one.listed]
        listed = tuple((one.path, versions.get(one.path, "")) for one in outputs)

        def make() -> str:
            # By the outputs: another thread may be adding a card.
            self._cards = {path: card for path in shelf.outputs if (card := self._cards.get(path))}
            return self._pages.front(
                shelf.catalogue.site,
                outputs,
                lambda one: self._card(shelf, one, versions.get(one.path, "")),
            )

        return self._kept(request, shelf, "", listed, make)

    def answer(self, request: Request, path: str) -> Response | None:
        """Answer for a page about an output or a story, and for codes; None if nothing is at this path."""
        shelf = self._open()
        if path in shelf.outputs:
            return RedirectResponse(f"{path.rpartition('/')[2]}.html", status_code=302)
        stem, _, suffix = path.rpartition(".")
        if suffix == "html" and (output := shelf.outputs.get(stem)):
            return self._output(request, shelf, output, path)
        if suffix == "html" and (found := day_of(path)) and (output := shelf.outputs.get(found.output)):
            return self._output(request, shelf, output, path, found)
        if id := story_id(path):
            return self._story(request, shelf, id)
        if suffix == "svg":
            return self._qr(request, shelf, path, stem)
        return None

    def subscribe(self, request: Request, path: str) -> Response | None:
        """Answer a browser that asks for a feed: how to subscribe to it; None if there is none here."""
        shelf = self._open()
        stem, _, suffix = path.rpartition(".")
        output = shelf.outputs.get(stem)
        if output is None or suffix not in output.formats:
            return None
        version = self._store.versions().get(stem, "")

        def make() -> str:
            card = shelf.card(output)
            return self._pages.subscribe(shelf.catalogue.site, card, suffix)

        return self._kept(request, shelf, path, version, make, vary=FEED_VARY)

    def search(self, request: Request) -> Response:
        asked, shelf = request.query_params, self._open()
        page = asked.get("page", "")
        hits = shelf.search(
            asked.get("q", ""),
            within=asked.get("in", ""),
            best_first=asked.get("order") == "best",
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1,
        )
        return self._html(request, "search", self._pages.search(shelf.catalogue.site, hits, shelf.tag_pages))

    def status(self, request: Request) -> Response:
        shelf = self._open()
        feeds, hidden = self._feeds(shelf)
        inquiry = Inquiry.read(request.query_params)
        # To the minute: the page is the same for as long, and so is its ETag.
        now = self._clock().replace(second=0, microsecond=0)
        page = self._pages.status(shelf.catalogue.site, feeds, hidden, now, inquiry, self._health())
        return self._html(request, "status.html", page)

    def status_json(self, request: Request) -> Response:
        feeds, hidden = self._feeds(self._open())
        hub = self._health().as_json()
        listed = {"hub": hub, "private": hidden, "feeds": [feed.as_json() for feed in feeds]}
        return self._json(request, "status.json", listed)

    def healthz(self, request: Request) -> Response:
        health = self._health()
        answer = self._json(request, "healthz", health.as_json())
        if not health.ok:
            answer.status_code = 503
        return answer

    def health_feed(self, request: Request) -> Response:
        if prefers_page(request.headers.get("accept")) and not request.url.query:
            return RedirectResponse("status.html", status_code=302, headers={"Vary": FEED_VARY})
        shelf = self._open()
        private = shelf.discretion.private_feeds
        changes = [one for one in self._store.changes(limit=ITEMS) if one.feed_id not in private]
        made = health_feed(changes, shelf.catalogue.site, self._pages.version, self._since)
        shown = Representation(
            made.path,
            made.body,
            made.content_type,
            made.etag,
            made.modified_at,
            cache_control=FEED_CACHE,
            open_to_all=True,
            vary=FEED_VARY,
        )
        return respond(request.headers, shown, self._gzips)

    def robots(self, request: Request) -> Response:
        shown = represent("robots.txt", "User-agent: *\nDisallow: /status\nDisallow: /search\n", _TEXT)
        return respond(request.headers, shown, self._gzips)

    def static(self, request: Request) -> Response:
        if (file := self._pages.theme.static(request.path_params["name"])) is None:
            raise HTTPException(404)
        shown = Representation(
            file.name, file.body, file.content_type, etag_of(file.body), cache_control=_STATIC_CACHE
        )
        return respond(request.headers, shown, self._gzips)

    def _output(
        self, request: Request, shelf: Shelf, output: Output, path: str, day: DayPage | None = None
    ) -> Response:
        version = self._store.versions().get(output.path, "")

        def make() -> str:
            shown = shelf.of_day(output, day.day, day.part) if day else shelf.newest(output)
            if shown is None:
                raise HTTPException(404)
            return self._pages.output(shelf.catalogue.site, output, shown, path, shelf.tag_pages)

        return self._kept(request, shelf, path, version, make)

    def _story(self, request: Request, shelf: Shelf, id: str) -> Response | None:
        if (story := shelf.story(id)) is None:
            return None
        page = self._pages.story(shelf.catalogue.site, story, shelf.tag_pages)
        return self._html(request, story.line.page, page)

    def _qr(self, request: Request, shelf: Shelf, path: str, document: str) -> Response | None:
        """Answer for the code of a feed's address."""
        stem, _, suffix = document.rpartition(".")
        output = shelf.outputs.get(stem)
        if output is None or suffix not in output.formats:
            return None
        body = qr_svg(shelf.catalogue.site.url + document)
        shown = Representation(path, body, _SVG, etag_of(body), cache_control=_STATIC_CACHE)
        return respond(request.headers, shown, self._gzips)

    def _card(self, shelf: Shelf, output: Output, version: str) -> Card:
        """Return an output's card, made anew when it or its stories changed."""
        mark = (output, version, shelf.discretion)
        known = self._cards.get(output.path)
        if known is None or known[0] != mark:
            self._cards[output.path] = known = (mark, shelf.card(output))
        return known[1]

    def _feeds(self, shelf: Shelf) -> tuple[list[FeedHealth], int]:
        """Return the health of all feeds, read a few seconds ago at most: with very many it takes a while."""
        now, known = self._clock(), self._health_read
        if known is None or known[0] is not shelf or not timedelta(0) <= now - known[1] < FEEDS_KEPT:
            self._health_read = known = (shelf, now, shelf.feeds())
        return known[2]

    def _open(self) -> Shelf:
        """Return the shelf of the catalogue in force."""
        shelf, catalogue = self._shelf, self._catalogue()
        if shelf.catalogue is not catalogue:
            self._shelf = shelf = self._fill(catalogue)
        return shelf

    def _fill(self, catalogue: Catalogue) -> Shelf:
        return Shelf(self._store, catalogue, self._selecting, self._clock, next(self._numbers))

    def _kept(
        self,
        request: Request,
        shelf: Shelf,
        path: str,
        version: object,
        make: Callable[[], str],
        vary: str = "Accept-Encoding",
    ) -> Response:
        """Answer with a page of a shelf, rendered again only when that, `version` or the theme changed."""
        mark = (shelf.number, version, self._pages.theme.mark())
        page = self._cache.get(path, mark, lambda: represent(path, make(), _HTML, vary=vary))
        return respond(request.headers, page, self._gzips)

    def _html(self, request: Request, path: str, page: str) -> Response:
        return respond(request.headers, represent(path, page, _HTML), self._gzips)

    def _json(self, request: Request, path: str, value: Mapping[str, object]) -> Response:
        text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
        return respond(request.headers, represent(path, text, _JSON), self._gzips)

"""The Starlette application: which address shows what, and to whom."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feedhub import generator
from feedhub.errors import StoreError
from feedhub.model import Catalogue, Document, Match, Output, Story, etag_of
from feedhub.ports import Store
from feedhub.web.health import FeedHealth, judge
from feedhub.web.pages import HEADLINES, Card, Pages, StoryLine, story_line
from feedhub.web.respond import GzipCache, Representation, represent, respond

STATIC = Path(__file__).parent / "static"
_STATIC_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml; charset=utf-8"}
FEED_CACHE = "public, max-age=60"
_OPML = "text/x-opml; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_JSON = "application/json; charset=utf-8"
_GUARD = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

log: structlog.stdlib.BoundLogger = structlog.get_logger("feedhub.web")


def create_app(
    store: Store,
    catalogue: Callable[[], Catalogue],
    select: Callable[[Output], Sequence[Story]],
    *,
    version: str,
    health: Callable[[], Mapping[str, object]],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Starlette:
    """Build the application.

    Args:
        catalogue: returns the catalogue in force; a reload shows at the next request.
        select: returns the stories that an output shows now, as its feeds do.
        health: returns the hub's own state as JSON values; `ok` False turns `/healthz` into a 503.
    """
    views = _Views(store, catalogue, select, version, health, clock)
    return Starlette(
        routes=[
            Route("/", views.front),
            Route("/status", views.status),
            Route("/status.json", views.status_json),
            Route("/healthz", views.healthz),
            Route("/opml.xml", views.opml),
            Route("/robots.txt", views.robots),
            Route("/static/{name}", views.static),
            Route("/{path:path}", views.published, methods=["GET", "OPTIONS"]),
        ],
        middleware=[Middleware(_Guard)],
        exception_handlers={HTTPException: views.refused, StoreError: views.unavailable},
    )


class _Views:
    """What each address answers; every method runs in a worker thread."""

    def __init__(
        self,
        store: Store,
        catalogue: Callable[[], Catalogue],
        select: Callable[[Output], Sequence[Story]],
        version: str,
        health: Callable[[], Mapping[str, object]],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._select = select
        self._health = health
        self._clock = clock
        self._pages = Pages(version)
        self._gzips = GzipCache()
        self._static = {file.name: _static(file) for file in STATIC.iterdir() if file.suffix in _STATIC_TYPES}
        self._cards: dict[str, tuple[Catalogue, tuple[str, ...], Card]] = {}

    def front(self, request: Request) -> Response:
        catalogue = self._catalogue()
        etags = dict(self._store.documents())
        outputs = _public(catalogue)
        self._cards = {path: card for path, card in self._cards.items() if path in outputs}
        cards = [self._card(catalogue, output, etags) for output in outputs.values()]
        return self._html(request, "", self._pages.front(catalogue.site, cards))

    def published(self, request: Request) -> Response:
        """Answer for an output: one of its feeds, its page, or the way from its bare path to its page."""
        path = request.path_params["path"]
        catalogue = self._catalogue()
        outputs = _public(catalogue)
        if path in outputs:
            return RedirectResponse(f"{path.rpartition('/')[2]}.html", status_code=302)
        stem, _, suffix = path.rpartition(".")
        if (output := outputs.get(stem)) is None:
            raise HTTPException(404)
        if suffix == "html":
            lines = self._lines(catalogue, output)
            return self._html(
                request, path, self._pages.output(catalogue.site, output, lines, _tags(outputs))
            )
        if suffix not in output.formats or (document := self._store.document(path)) is None:
            raise HTTPException(404)
        return _preflight() if request.method == "OPTIONS" else self._document(request, document)

    def opml(self, request: Request) -> Response:
        catalogue = self._catalogue()
        body = generator.opml(_public(catalogue).values(), catalogue.site)
        shown = Representation(
            "opml.xml", body, _OPML, etag_of(body), cache_control=FEED_CACHE, open_to_all=True
        )
        return respond(request.headers, shown, self._gzips)

    def status(self, request: Request) -> Response:
        feeds, hidden = self._feeds()
        page = self._pages.status(self._catalogue().site, feeds, hidden, self._clock())
        return self._html(request, "status", page)

    def status_json(self, request: Request) -> Response:
        feeds, hidden = self._feeds()
        listed = {"hub": dict(self._health()), "private": hidden, "feeds": [feed.as_json() for feed in feeds]}
        return self._json(request, "status.json", listed)

    def healthz(self, request: Request) -> Response:
        health = dict(self._health())
        answer = self._json(request, "healthz", health)
        if not health.get("ok", True):
            answer.status_code = 503
        return answer

    def robots(self, request: Request) -> Response:
        shown = represent("robots.txt", "User-agent: *\nDisallow: /status\n", _TEXT)
        return respond(request.headers, shown, self._gzips)

    def static(self, request: Request) -> Response:
        if (shown := self._static.get(request.path_params["name"])) is None:
            raise HTTPException(404)
        return respond(request.headers, shown, self._gzips)

    def refused(self, request: Request, error: Exception) -> Response:
        """Answer what Starlette or a view refuses: 404, 405 and their like, as a page."""
        assert isinstance(error, HTTPException)
        if error.status_code != 404:
            return Response(f"{error.detail}\n", error.status_code, dict(error.headers or {}), "text/plain")
        return self._notice(request, 404, "Nothing here", "No feed and no page has this address.")

    def unavailable(self, request: Request, error: Exception) -> Response:
        log.warning("the store does not answer", error=str(error))
        text = "The hub cannot reach its database just now. Please try again in a minute."
        answer = self._notice(request, 503, "One moment", text)
        answer.headers["Retry-After"] = "60"
        return answer

    def _card(self, catalogue: Catalogue, output: Output, etags: Mapping[str, str]) -> Card:
        """Return an output's card, made anew when one of its documents or the catalogue changed."""
        built = tuple(etags.get(f"{output.path}.{suffix}", "") for suffix in output.formats)
        known = self._cards.get(output.path)
        if known is not None and known[0] is catalogue and known[1] == built:
            return known[2]
        lines = self._lines(catalogue, output)
        card = Card(output, len(lines), tuple(lines[:HEADLINES]))
        if all(built):
            self._cards[output.path] = (catalogue, built, card)
        return card

    def _lines(self, catalogue: Catalogue, output: Output) -> list[StoryLine]:
        stories = self._select(output)
        hidden = frozenset(feed.id for feed in catalogue.feeds.values() if feed.private)
        return [story_line(story, hidden) for story in stories if not story.private]

    def _feeds(self) -> tuple[list[FeedHealth], int]:
        """Return the health of the public feeds, and how many private ones there are."""
        private = {feed.id for feed in self._catalogue().feeds.values() if feed.private}
        statuses = self._store.statuses()
        shown = [status for status in statuses if status.feed_id not in private]
        return judge(shown), len(statuses) - len(shown)

    def _document(self, request: Request, document: Document) -> Response:
        shown = Representation(
            document.path,
            document.body,
            document.content_type,
            document.etag,
            document.modified_at,
            cache_control=FEED_CACHE,
            open_to_all=True,
        )
        return respond(request.headers, shown, self._gzips)

    def _html(self, request: Request, path: str, page: str) -> Response:
        return respond(request.headers, represent(path, page, _HTML), self._gzips)

    def _json(self, request: Request, path: str, value: Mapping[str, object]) -> Response:
        text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
        return respond(request.headers, represent(path, text, _JSON), self._gzips)

    def _notice(self, request: Request, status: int, heading: str, text: str) -> Response:
        page = self._pages.notice(self._catalogue().site, request.url.path.removeprefix("/"), heading, text)
        return Response(page, status, {"Cache-Control": "no-cache"}, _HTML)


class _Guard:
    """Middleware: the headers that keep a browser from running or leaking anything, on every answer.

    On feeds too: an XHTML script inside an Atom document runs when a browser shows the document.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_GUARD)
            await send(message)

        await self._app(scope, receive, guarded)


def _public(catalogue: Catalogue) -> dict[str, Output]:
    return {path: output for path, output in catalogue.outputs.items() if not output.private}


def _tags(outputs: Mapping[str, Output]) -> dict[str, str]:
    """Return the path of each tag's output, by the tag, case-folded."""
    return {
        pattern.value: path
        for path, output in outputs.items()
        if output.kind == "tag" and isinstance(output.where, Match)
        for pattern in output.where.patterns
    }


def _preflight() -> Response:
    """Allow scripts of other sites to send conditional requests (a CORS preflight asks first)."""
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, HEAD",
        "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=204, headers=headers)


def _static(file: Path) -> Representation:
    return represent(file.name, file.read_text("utf-8"), _STATIC_TYPES[file.suffix], "public, max-age=3600")

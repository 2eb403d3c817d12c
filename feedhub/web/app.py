"""The Starlette application: which address shows what, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feedhub.errors import StoreError
from feedhub.model import Catalogue
from feedhub.pages import HubState, Pages
from feedhub.pages.shelf import Selecting
from feedhub.ports import Store
from feedhub.web.feeds import FeedViews
from feedhub.web.negotiate import prefers_page
from feedhub.web.respond import GzipCache
from feedhub.web.views import PageViews

_HTML = "text/html; charset=utf-8"
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
    selecting: Selecting,
    *,
    version: str,
    health: Callable[[], HubState],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    theme: Path | None = None,
) -> Starlette:
    """Build the application.

    Args:
        catalogue: returns the catalogue in force; a reload shows at the next request.
        selecting: says which stories an output shows now, as its feeds do.
        health: returns the hub's own state; one that is not `ok` turns `/healthz` into a 503.
        theme: the folder of the owner's own templates and static files.
    """
    pages = Pages(version, theme=theme)
    gzips = GzipCache()
    feeds = FeedViews(store, catalogue, selecting, gzips, clock, version)
    views = PageViews(store, catalogue, selecting, pages, gzips, health, clock)
    doors = _Doors(pages, catalogue)

    def published(request: Request) -> Response:
        """Answer for whatever else there is: a feed, or a page about one."""
        path = request.path_params["path"]
        answer = None
        if not request.url.query and prefers_page(request.headers.get("accept")):
            answer = views.subscribe(request, path)
        answer = answer or feeds.answer(request, path) or views.answer(request, path)
        if answer is None:
            raise HTTPException(404)
        return answer

    return Starlette(
        routes=[
            Route("/", views.front),
            Route("/search", views.search),
            Route("/status", views.status),
            Route("/status.html", views.status),
            Route("/status.json", views.status_json),
            Route("/health.atom", views.health_feed),
            Route("/healthz", views.healthz),
            Route("/opml.xml", feeds.opml),
            Route("/robots.txt", views.robots),
            Route("/static/{name}", views.static),
            Route("/{path:path}", published, methods=["GET", "OPTIONS"]),
        ],
        middleware=[
            Middleware(_Guard, catalogue=catalogue),
            Middleware(_Mounted, catalogue=catalogue),
        ],
        exception_handlers={HTTPException: doors.refused, StoreError: doors.unavailable},
    )


class _Doors:
    """What is answered when there is nothing to show."""

    def __init__(self, pages: Pages, catalogue: Callable[[], Catalogue]) -> None:
        self._pages = pages
        self._catalogue = catalogue

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

    def _notice(self, request: Request, status: int, heading: str, text: str) -> Response:
        path = request.scope["path"].removeprefix("/")
        page = self._pages.notice(self._catalogue().site, path, heading, text)
        return Response(page, status, {"Cache-Control": "no-cache"}, _HTML)


class _Guard:
    """Middleware: the headers that keep a browser from running or leaking anything, on every answer.

    On feeds too: an XHTML script inside an Atom document runs when a browser shows the document. A page may
    run our one script, and load pictures from elsewhere if the owner says so.
    """

    def __init__(self, app: ASGIApp, catalogue: Callable[[], Catalogue]) -> None:
        self._app = app
        self._catalogue = catalogue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_GUARD)
                if message["status"] == 304:
                    # What a 304 says takes the place of what the page that is kept came with.
                    del headers["Content-Security-Policy"]
                elif headers.get("content-type", "").startswith("text/html"):
                    headers["Content-Security-Policy"] = self._for_pages()
            await send(message)

        await self._app(scope, receive, guarded)

    def _for_pages(self) -> str:
        policy = _GUARD["Content-Security-Policy"] + "; script-src 'self'"
        if self._catalogue().site.remote_images:
            policy = policy.replace("img-src 'self'", "img-src 'self' https: http:")
        return policy


class _Mounted:
    """Middleware: a hub whose public address has a path answers under it too, so that it does not matter
    whether a proxy takes the path away."""

    def __init__(self, app: ASGIApp, catalogue: Callable[[], Catalogue]) -> None:
        self._app = app
        self._catalogue = catalogue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        mount = urlsplit(self._catalogue().site.url).path
        if scope["type"] == "http" and mount != "/" and scope["path"].startswith(mount):
            scope = {**scope, "path": f"/{scope['path'].removeprefix(mount)}"}
        await self._app(scope, receive, send)

"""The published feeds: their stored bytes, what is new of them, what a query finds in them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from feedhub import generator, rules
from feedhub.model import Catalogue, Document, Output, etag_of, output_path
from feedhub.pages.shelf import Selecting
from feedhub.ports import Store
from feedhub.web import access, adhoc, delta
from feedhub.web.attempts import Attempts, address_of
from feedhub.web.cache import PageCache
from feedhub.web.respond import GzipCache, Representation, respond

FEED_CACHE = "public, max-age=60"
FEED_VARY = "Accept-Encoding, Accept"
"""A browser that asks for a feed is shown a page about it."""
PRIVATE_VARY = "Accept-Encoding"
QUERIES_AT_ONCE, QUERIES_WAITING = 2, 8
"""How many queries are worked on, and how many requests may wait for that: the others are told to come
again, so that the feeds themselves are always served."""
TOO_MANY = "Too many wrong passwords from your address; try again later."
AGES_AGAIN = timedelta(minutes=10)
"""How long an answer holds that depends on the clock."""
_OPML = "text/x-opml; charset=utf-8"


class FeedViews:
    """What a feed's address answers; every method runs in a worker thread."""

    def __init__(
        self,
        store: Store,
        catalogue: Callable[[], Catalogue],
        selecting: Selecting,
        gzips: GzipCache,
        clock: Callable[[], datetime],
        version: str,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._selecting = selecting
        self._gzips = gzips
        self._clock = clock
        self._version = version
        self._made = PageCache()
        self._crowd = Crowd(QUERIES_AT_ONCE, QUERIES_WAITING)
        self._attempts = Attempts()

    def answer(self, request: Request, path: str) -> Response | None:
        """Answer for a feed, or the list of those behind it; None if there is none at this path that the
        request may read."""
        if path.startswith(access.PREFIX):
            return self._private(request, path.removeprefix(access.PREFIX))
        stem, _, suffix = path.rpartition(".")
        catalogue = self._catalogue()
        output = catalogue.outputs.get(output_path(path))
        if output is None or output.private:
            return None
        if stem != output.path:
            return self._page(request, output, path)
        if suffix == "opml" and (body := generator.opml_behind(output, catalogue, self._store.statuses())):
            return self._opml(request, path, body)
        if suffix not in output.formats:
            return None
        if request.method == "OPTIONS":
            return _preflight() if self._store.document(path) else None
        return self._feed(request, output, suffix)

    def _page(self, request: Request, output: Output, path: str) -> Response | None:
        """Answer with a page of an output's archive."""
        if (document := self._store.document(path)) is None:
            return None
        if request.method == "OPTIONS":
            return _preflight()
        return respond(request.headers, _whole(output, document), self._gzips)

    def opml(self, request: Request) -> Response:
        """Answer with the list of the public feeds."""
        catalogue = self._catalogue()
        outputs = [output for output in catalogue.outputs.values() if output.listed]
        return self._opml(request, "opml.xml", generator.opml(outputs, catalogue.site))

    def _opml(self, request: Request, path: str, body: bytes) -> Response:
        shown = Representation(path, body, _OPML, etag_of(body), cache_control=FEED_CACHE, open_to_all=True)
        return respond(request.headers, shown, self._gzips)

    def _private(self, request: Request, path: str) -> Response | None:
        outputs = [output for output in self._catalogue().outputs.values() if output.private]
        authorization = request.headers.get("authorization")
        credentials = access.credentials(authorization) if access.asks_for_user(outputs) else ""
        address = address_of(
            request.client.host if request.client else "", request.headers.get("x-forwarded-for")
        )
        if credentials and (wait := self._attempts.take(address, credentials, self._clock())):
            raise HTTPException(429, TOO_MANY, {"Retry-After": str(wait)})
        found = access.admitted(path, authorization, outputs, self._store.tokens())
        if credentials and found is not None:
            by_token = not found[0].access.username
            self._attempts.opened(address, credentials, by_token=by_token)
        if found is not None and request.method != "OPTIONS":
            output, suffix = found
            return self._feed(request, output, suffix) if suffix in output.formats else None
        if access.asks_for_user(outputs):
            raise HTTPException(401, headers={"WWW-Authenticate": access.CHALLENGE})
        return None

    def _feed(self, request: Request, output: Output, suffix: str) -> Response | None:
        """Answer with what a query finds, with what is new, or with the document."""
        catalogue, path = self._catalogue(), f"{output.path}.{suffix}"
        if catalogue.queries and (asked := _asked(request, output)):
            shown = self._found(catalogue, output, suffix, asked)
        elif (document := self._store.document(path)) is None:
            return None
        else:
            editions = delta.editions(request.headers) if catalogue.deltas else {}
            shown = self._since(output, document, editions) or _whole(output, document)
        return respond(request.headers, shown, self._gzips)

    def _since(self, output: Output, document: Document, editions: dict[str, str]) -> Representation | None:
        """Return what is new for who has one of these editions; None: send the whole, or a 304."""
        if not editions or document.etag in editions:
            return None
        news = self._store.news(document.path, tuple(editions))
        if news is None or not delta.is_part(news):
            return None
        base = editions[news.base]
        return self._made.get(
            f"{document.path} since {base}",
            news.document.etag,
            lambda: delta.part(_shown(output, news.document), news, base),
        )

    def _found(self, catalogue: Catalogue, output: Output, suffix: str, asked: adhoc.Asked) -> Representation:
        """Return what a query finds, anew only if a story of the output has changed since."""
        if (standing := self._store.standing(output.path)) is None:
            raise HTTPException(404)
        now = self._clock()
        by_clock = output.max_age or output.digest or asked.asks_age or "age" in rules.fields_of(output.where)
        mark = (
            output,
            catalogue.site,
            standing,
            int(now.timestamp() / AGES_AGAIN.total_seconds()) if by_clock else 0,
        )

        def make() -> Representation:
            with self._crowd.place():
                stories = self._selecting.select(adhoc.wanted(output, asked))
                site, version = catalogue.site, self._version
                return _shown(
                    output,
                    adhoc.found(
                        output, suffix, asked, stories, site=site, standing=standing, now=now, version=version
                    ),
                )

        return self._made.get(f"{output.path}.{suffix}?{asked.address}", mark, make)


class Crowd:
    """Room for some requests at a time, with a queue; who finds the queue full is sent away."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._room = threading.Semaphore(at_once)
        self._queue = threading.Semaphore(at_once + waiting)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Wait for a place and hold it; HTTPException if too many do."""
        if not self._queue.acquire(blocking=False):
            raise HTTPException(503, "Too many queries at once; try again in a moment.", {"Retry-After": "5"})
        try:
            with self._room:
                yield
        finally:
            self._queue.release()


def _asked(request: Request, output: Output) -> adhoc.Asked | None:
    try:
        return adhoc.read_query(request.query_params.multi_items(), output)
    except adhoc.QueryRefused as error:
        raise HTTPException(400, str(error)) from error


def _shown(output: Output, document: Document) -> Representation:
    return Representation(
        document.path,
        document.body,
        document.content_type,
        document.etag,
        document.modified_at,
        cache_control=access.CACHE_CONTROL if output.private else FEED_CACHE,
        open_to_all=not output.private,
        vary=PRIVATE_VARY if output.private else FEED_VARY,
        extra=access.HEADERS if output.private else (),
    )


def _whole(output: Output, document: Document) -> Representation:
    """Return a document as it is published, packed as it is stored."""
    return replace(_shown(output, document), packed=document.packed)


def _preflight() -> Response:
    """Allow scripts of other sites to send conditional requests (a CORS preflight asks first)."""
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, HEAD",
        "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since, A-IM",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=204, headers=headers)

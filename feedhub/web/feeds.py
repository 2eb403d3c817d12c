"""The published feeds: their stored bytes."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from feedhub import generator
from feedhub.model import Catalogue, Document, etag_of
from feedhub.ports import Store
from feedhub.web.respond import GzipCache, Representation, respond

FEED_CACHE = "public, max-age=60"
FEED_VARY = "Accept-Encoding, Accept"
"""A browser that asks for a feed is shown a page about it."""
_OPML = "text/x-opml; charset=utf-8"


class FeedViews:
    """What a feed's address answers; every method runs in a worker thread."""

    def __init__(self, store: Store, catalogue: Callable[[], Catalogue], gzips: GzipCache) -> None:
        self._store = store
        self._catalogue = catalogue
        self._gzips = gzips

    def answer(self, request: Request, path: str) -> Response | None:
        """Answer for a feed, or the list of those behind it; None if there is none at this path, or it is
        private."""
        stem, _, suffix = path.rpartition(".")
        catalogue = self._catalogue()
        output = catalogue.outputs.get(stem)
        if output is None or output.private:
            return None
        if suffix == "opml" and (body := generator.opml_behind(output, catalogue, self._store.statuses())):
            return self._opml(request, path, body)
        if suffix not in output.formats:
            return None
        if (document := self._store.document(path)) is None:
            return None
        return _preflight() if request.method == "OPTIONS" else self._document(request, document)

    def opml(self, request: Request) -> Response:
        catalogue = self._catalogue()
        outputs = [output for output in catalogue.outputs.values() if not output.private]
        return self._opml(request, "opml.xml", generator.opml(outputs, catalogue.site))

    def _opml(self, request: Request, path: str, body: bytes) -> Response:
        shown = Representation(path, body, _OPML, etag_of(body), cache_control=FEED_CACHE, open_to_all=True)
        return respond(request.headers, shown, self._gzips)

    def _document(self, request: Request, document: Document) -> Response:
        shown = Representation(
            document.path,
            document.body,
            document.content_type,
            document.etag,
            document.modified_at,
            cache_control=FEED_CACHE,
            open_to_all=True,
            vary=FEED_VARY,
        )
        return respond(request.headers, shown, self._gzips)


def _preflight() -> Response:
    """Allow scripts of other sites to send conditional requests (a CORS preflight asks first)."""
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, HEAD",
        "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=204, headers=headers)

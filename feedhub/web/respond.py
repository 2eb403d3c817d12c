"""Representations and the answers to requests for them: validators, 304, content coding (RFC 9110)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.responses import Response

from feedhub.model import etag_of
from feedhub.packing import pack

MIN_GZIP_BYTES = 512
GZIP_CACHE_BYTES = 32_000_000
_GZIP_SUFFIX = "-gzip"


@dataclass(frozen=True, slots=True)
class Representation:
    """Bytes to be served at `path`. `etag` is strong and quoted; `modified_at` None sends no Last-Modified.

    `open_to_all` lets scripts of other sites read it (CORS): feeds, whose content is public anyway. `vary`
    names the request headers that choose between the representations at one address, `extra` are more
    headers. `packed` is the body as gzip, if somebody has packed it already.
    """

    path: str
    body: bytes
    content_type: str
    etag: str
    modified_at: datetime | None = None
    cache_control: str = "public, max-age=60"
    open_to_all: bool = False
    vary: str = "Accept-Encoding"
    status: int = 200
    extra: tuple[tuple[str, str], ...] = ()
    packed: bytes = b""


def represent(
    path: str,
    text: str,
    content_type: str,
    cache_control: str = "no-cache",
    vary: str = "Accept-Encoding",
) -> Representation:
    """Make a representation of a text, its ETag a hash of its bytes."""
    body = text.encode("utf-8")
    return Representation(path, body, content_type, etag_of(body), cache_control=cache_control, vary=vary)


def respond(headers: Mapping[str, str], shown: Representation, gzips: GzipCache) -> Response:
    """Answer a GET or HEAD: 304 if the client's copy is current, else the bytes, gzipped if it may be.

    If-None-Match decides alone when it is there, If-Modified-Since only without it (RFC 9110 section
    13.2.2). The gzipped bytes carry an ETag of their own, as a strong one must (section 8.8.3.3); a
    client that shows either of the two has a current copy and gets back the one it showed.
    """
    packed = len(shown.body) >= MIN_GZIP_BYTES and accepts_gzip(headers.get("accept-encoding"))
    etags = (shown.etag, _gzip_etag(shown.etag))
    answer = {
        "ETag": etags[1] if packed else etags[0],
        "Cache-Control": shown.cache_control,
        "Vary": shown.vary,
        **dict(shown.extra),
    }
    if shown.modified_at is not None:
        answer["Last-Modified"] = format_datetime(_whole_second(shown.modified_at), usegmt=True)
    if shown.open_to_all:
        answer["Access-Control-Allow-Origin"] = "*"
        answer["Access-Control-Expose-Headers"] = "ETag"

    if_none_match = headers.get("if-none-match")
    if if_none_match is not None:
        known = matching_etag(if_none_match, etags)
        if known is not None:
            return Response(status_code=304, headers=answer | ({"ETag": known} if known else {}))
    elif _not_modified_since(headers.get("if-modified-since"), shown.modified_at):
        return Response(status_code=304, headers=answer)

    answer["Content-Type"] = shown.content_type
    if not packed:
        return Response(shown.body, shown.status, headers=answer)
    answer["Content-Encoding"] = "gzip"
    return Response(gzips.pack(shown), shown.status, headers=answer)


class GzipCache:
    """Gzipped bodies, each packed once: the least recently asked for make room. Safe in threads."""

    def __init__(self, max_bytes: int = GZIP_CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._packed: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def pack(self, shown: Representation) -> bytes:
        """Return the gzipped body; the same bytes for the same body."""
        if shown.packed:
            return shown.packed
        key = (shown.path, shown.etag)
        with self._lock:
            if key in self._packed:
                self._packed.move_to_end(key)
                return self._packed[key]
        packed = pack(shown.body)
        with self._lock:
            if key not in self._packed:
                self._packed[key] = packed
                self._size += len(packed)
            while self._size > self._max_bytes:
                _, dropped = self._packed.popitem(last=False)
                self._size -= len(dropped)
        return packed


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Say whether an Accept-Encoding allows gzip: by name or by `*`, not with q=0 (RFC 9110 12.5.3)."""
    weights: dict[str, float] = {}
    for part in (accept_encoding or "").lower().split(","):
        coding, _, weight = part.partition(";")
        name, _, value = weight.partition("=")
        try:
            weights[coding.strip()] = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def matching_etag(if_none_match: str, etags: tuple[str, ...]) -> str | None:
    """Return which of `etags` an If-None-Match names, compared weakly; empty for `*`, None for none."""
    if if_none_match.strip() == "*":
        return ""
    shown = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return next((etag for etag in etags if etag in shown), None)


def plain_etag(etag: str) -> str:
    """Return the ETag of the same bytes without gzip."""
    return etag.removesuffix(f'{_GZIP_SUFFIX}"') + '"' if etag.endswith(f'{_GZIP_SUFFIX}"') else etag


def _gzip_etag(etag: str) -> str:
    return f'{etag[:-1]}{_GZIP_SUFFIX}"'


def _not_modified_since(if_modified_since: str | None, modified_at: datetime | None) -> bool:
    if not if_modified_since or modified_at is None:
        return False
    try:
        since = parsedate_to_datetime(if_modified_since)
    except (ValueError, OverflowError):
        return False
    if since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    return _whole_second(modified_at) <= since


def _whole_second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)

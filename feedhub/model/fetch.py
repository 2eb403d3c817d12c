"""One request for a feed and its three possible answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from feedhub.model.catalogue import FetchOptions


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What to ask for. `etag` and `last_modified` are sent byte for byte; empty means: not sent.

    `validated_url` is the `url` of the `Fetched` that they came with, and they are sent to no other; empty:
    wherever the redirects lead. Credentials, cookies, own headers and a client certificate go to the origin
    of `home_url` alone, where the owner meant them to go; empty: of `url`.
    """

    url: str
    etag: str = ""
    last_modified: str = ""
    options: FetchOptions = field(default_factory=FetchOptions)
    validated_url: str = ""
    home_url: str = ""


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed: the address that answered, and how."""

    url: str
    status: int
    location: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole 200 body. Header names are lower case. `body` is decoded (gzip, br, zstd)."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    hops: tuple[Hop, ...] = ()
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304. Its headers may carry newer validators and freshness (RFC 9111 section 4.3.4)."""

    url: str
    headers: Mapping[str, str]
    hops: tuple[Hop, ...] = ()
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """Why there is no body. `reason` is a short stable code, `message` a sentence for a person.

    Reasons: `bad-url`, `scheme`, `address` (refused by policy), `dns`, `connect`, `tls`, `timeout`,
    `too-large`, `headers` (too many or broken), `redirects` (too many, a loop, or a bad Location),
    `encoding` (content coding unknown, broken or cut), `truncated`, `throttled` (429, 503, a 403 that
    means it), `gone` (410), `not-found` (404), `denied` (401, 403), `http` (any other status), `network`.
    `retry_at` is the server's Retry-After as an instant.
    """

    url: str
    reason: str
    message: str
    status: int | None = None
    retry_at: datetime | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hops: tuple[Hop, ...] = ()
    elapsed_s: float = 0.0


FetchOutcome = Fetched | NotModified | FetchFailure

"""What is published: a rendered document, and the right to build one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from feedhub.model.entry import Story


@dataclass(frozen=True, slots=True)
class BuildClaim:
    """An output handed out under a lease. `created_at` is when the output was first declared: an empty
    feed's `updated`, so that building it twice gives the same bytes. `etags` are those of its documents, by
    their paths."""

    path: str
    token: str
    created_at: datetime
    etags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """One published file. `path` is relative to the site, with its suffix: `tag/python.atom`.

    `etag` is strong and quoted, made of the bytes (`etag_of`); `modified_at` is the newest real change of
    what it lists. `items` has 64 bits of a digest of each item that it lists, in order. `packed` is the body
    as gzip has it, or empty.
    """

    path: str
    body: bytes
    content_type: str
    etag: str
    modified_at: datetime
    items: tuple[int, ...] = ()
    packed: bytes = field(default=b"", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What an output with an archive or a digest has done with its stories: how many wait for a page, since
    when the first of them does, the numbers of its pages, those that show what has changed since, and when
    the last was made."""

    waiting: int = 0
    oldest_at: datetime | None = None
    pages: tuple[int, ...] = ()
    stale: frozenset[int] = frozenset()
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A new page of an output's shelf: the ids of the stories that it takes; of a digest its issue, an item
    like a story, that never changes."""

    number: int
    at: datetime
    stories: tuple[str, ...]
    issue: Story | None = None


@dataclass(frozen=True, slots=True)
class Build:
    """What an output became: documents, and from when on time alone changes them (None: never).

    `kept` are the paths of documents that stay as they are. `pages` are new on its shelf, `fresh` are the
    pages that were made anew, `emptied` those that are gone, `passed` the ids of stories that leave untold.
    """

    claim: BuildClaim
    documents: tuple[Document, ...]
    stale_at: datetime | None = None
    kept: frozenset[str] = frozenset()
    pages: tuple[Page, ...] = ()
    fresh: frozenset[int] = frozenset()
    emptied: frozenset[int] = frozenset()
    passed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class News:
    """A document and which of its items, counted from 0, are new or changed since the edition `base`, an
    ETag."""

    document: Document
    items: tuple[int, ...]
    base: str


@dataclass(frozen=True, slots=True)
class Standing:
    """An output as the store has it: `version` grows whenever a story of it changes."""

    version: int
    created_at: datetime


def etag_of(body: bytes) -> str:
    """Return the strong ETag of some bytes, quoted (RFC 9110 section 8.8.3)."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


ARCHIVE = "/archive/"


def archive_path(output: str, page: int) -> str:
    """Return the path of a page of an output's archive, without its suffix."""
    return f"{output}{ARCHIVE}{page}"


def output_path(document: str) -> str:
    """Return the path of the output that a document belongs to."""
    stem = document.rpartition(".")[0]
    output, mark, page = stem.rpartition(ARCHIVE)
    return output if mark and page.isdigit() else stem

"""The details of new entries: a request each, within bounds, and what becomes of those that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from feedhub.errors import ParseError
from feedhub.model import Detail, Entry, Feed, FeedState, Fetched, FetchFailure, FetchOutcome
from feedhub.normalize import Normalised, completed
from feedhub.policy import RETRY_AT_MOST

TRIES = 5
"""Polls in which one entry's details are asked for in vain before it stays without them."""
FAILURES_IN_A_ROW = 3
"""After so many the server is left alone until the next poll."""

Ask = Callable[[str, str], FetchOutcome | None]
"""From an address and a format to the answer; None if there is no time left."""


class Details:
    """Completes the entries of one poll.

    An entry whose details cannot be had is kept without them and asked for again when its list is polled,
    five times at most; one that is kept whole already stays as it is until they are there, or for good:
    a text beats none. After `complete`,
    `pending` is for the state, and `retry_at` is when the server wants to be asked again, if it said so.
    """

    def __init__(self, feed: Feed, before: FeedState, document_url: str, ask: Ask) -> None:
        self._feed = feed
        self._before = before
        self._ask = ask
        self._document_url = document_url
        self._closed = False
        self._in_a_row = 0
        self._failed: list[str] = []
        self._put_off = 0
        self._bare = 0
        self._outdated = 0
        self.pending: dict[str, int] = {}
        self.retry_at: datetime | None = None

    def complete(self, kept: Normalised, now: datetime) -> Normalised:
        """Return what is kept of a document, with the details of its new and changed entries."""
        wanted = self._feed.extraction.detail if self._feed.extraction else None
        if wanted is None or not kept.entries:
            return kept
        urls = {entry.key: url for entry in kept.entries if (url := self._url(wanted, entry, kept))}
        newest = sorted(
            (entry for entry in kept.entries if entry.key in urls),
            key=lambda entry: entry.published_at or entry.first_seen_at,
            reverse=True,
        )
        made: dict[str, Entry | None] = {}
        seen = dict(kept.seen)
        for place, entry in enumerate(newest):
            known = self._before.seen.get(entry.key, "")
            tries = self._before.pending.get(entry.key, 0) - len(self._failed)
            if place >= wanted.limit or self._closed:
                self._put_off += 1
            elif whole := self._asked(wanted, entry, urls[entry.key], now):
                made[entry.key] = whole
                continue
            tries += len(self._failed)
            made[entry.key] = None if known else entry
            if tries < TRIES:
                self.pending[entry.key], seen[entry.key] = tries, known
            elif known:
                self._outdated += 1
            else:
                self._bare += 1
        entries = (made.get(entry.key, entry) for entry in kept.entries)
        return replace(
            kept,
            entries=tuple(entry for entry in entries if entry is not None),
            seen=seen,
            warnings=(*kept.warnings, *self._warnings()),
        )

    def _url(self, wanted: Detail, entry: Entry, kept: Normalised) -> str:
        """Return where an entry's details are: by the template, else its link where that leads home."""
        if wanted.url:
            return kept.details.get(entry.key, "")
        home = _site(self._feed.url), _site(self._document_url)
        return entry.link if entry.link and _site(entry.link) in home else ""

    def _asked(self, wanted: Detail, entry: Entry, url: str, now: datetime) -> Entry | None:
        """Return an entry with its details; None if they cannot be had, or if nothing more may be asked."""
        outcome = self._ask(url, wanted.format)
        match outcome:
            case None:
                self._closed, self._put_off = True, self._put_off + 1
                return None
            case Fetched():
                try:
                    whole = self._read(wanted, entry, outcome, now)
                except ParseError as error:
                    failure = str(error)
                else:
                    if whole.content or whole.summary != entry.summary:
                        self._in_a_row = 0
                        return whole
                    failure = "there is no text in it"
            case FetchFailure():
                failure = outcome.message
                if outcome.retry_at:
                    self._closed, self._put_off = True, self._put_off + 1
                    self.retry_at = min(outcome.retry_at, now + RETRY_AT_MOST)
                    return None
            case _:
                failure = "it answered 304 to a request without validators"
        # Not by its address, whose query may hold a key: people see it on the status page.
        self._failed.append(f"{entry.title or entry.guid!r}: {failure}")
        self._in_a_row += 1
        self._closed = self._closed or self._in_a_row >= FAILURES_IN_A_ROW
        return None

    def _read(self, wanted: Detail, entry: Entry, answer: Fetched, now: datetime) -> Entry:
        from feedhub.parser import extract  # as in `reading`

        told = extract.read_detail(
            answer.body,
            answer.headers.get("content-type"),
            answer.url,
            self._feed.encoding or None,
            wanted,
            timezone=self._feed.timezone,
        )
        return completed(entry, told, self._feed, now)

    def _warnings(self) -> Iterator[str]:
        if self._failed:
            yield f"details of {_entries(len(self._failed))} cannot be had, such as {self._failed[0]}"
        if self._put_off:
            yield f"details of {_entries(self._put_off)} are put off to the next poll"
        if self._bare:
            yield f"{_entries(self._bare)} asked for {TRIES} times in vain: kept as the list has them"
        if self._outdated:
            changed = f"{_entries(self._outdated)} changed in the list"
            yield f"{changed}, asked for {TRIES} times in vain: kept as before"


def _site(url: str) -> tuple[str, int | None]:
    """Return the host and port of an address, the usual ports as none; no host if it cannot be asked for."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower(), None if parts.port in (80, 443) else parts.port
    except ValueError:
        return "", None


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"

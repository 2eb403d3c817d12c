"""One poll: fetch, parse, normalise, details, steps, rules, keys. Knows the network through a port and no
database.

The result is a value; whatever a feed does wrong is in it. Runs unchanged in a thread, a process or on
another machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import xxhash

from feedhub import merger, policy, rules, steps
from feedhub.errors import ParseError
from feedhub.model import (
    Claim,
    Entry,
    Feed,
    FeedState,
    Fetched,
    FetchFailure,
    FetchOptions,
    FetchOutcome,
    FetchRequest,
    NotModified,
    PollResult,
    Rule,
    TermTags,
)
from feedhub.normalize import Normalised, rehashed
from feedhub.normalize.html import Sanitiser
from feedhub.poller.details import Details
from feedhub.poller.reading import read
from feedhub.ports import Fetcher, StepContext
from feedhub.rules import NO_TERMS

WARNINGS_AT_MOST = 20
PAGES_FOR = timedelta(minutes=2)
"""How long a poll goes on asking for the pages behind its entries."""
PAGE_TYPES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
TYPES = {"html": PAGE_TYPES, "json": "application/json, text/json;q=0.9, */*;q=0.1"}
"""What to accept, by the format of a source that is no feed."""


@dataclass(frozen=True, slots=True)
class Poller:
    """What polls share: the fetcher, the rules, the clock, a source of jitter (0 to 1), our own address,
    whose outputs are no sources, and the tags that publishers' categories stand for."""

    fetcher: Fetcher
    rules: tuple[Rule, ...]
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    own_url: str
    terms: TermTags = NO_TERMS

    def poll(self, feed: Feed, claim: Claim) -> PollResult:
        """Poll one feed and say what is new, what to remember and when to come back."""
        now = self.clock()
        state = replace(claim.state, first_polled_at=claim.state.first_polled_at or now, last_polled_at=now)
        whole = wants_whole(feed, state)
        etag, last_modified = ("", "") if whole else policy.validators(state, now)
        outcome = self.fetcher.fetch(
            FetchRequest(
                url=state.url,
                etag=etag,
                last_modified=last_modified,
                validated_url=state.validated_url,
                home_url=feed.url,
                options=accepting(feed.fetch, feed.extraction.format) if feed.extraction else feed.fetch,
            ),
            now,
        )
        match outcome:
            case NotModified():
                return self._unchanged(feed, state, outcome, now)
            case Fetched():
                return self._read(feed, state, outcome, now)
            case FetchFailure():
                return self._failed(feed, state, outcome, now)

    def _read(self, feed: Feed, before: FeedState, answer: Fetched, now: datetime) -> PollResult:
        body_hash = xxhash.xxh3_128_hexdigest(answer.body)
        if body_hash == before.body_hash and not wants_whole(feed, before):
            return self._unchanged(feed, before, answer, now)
        try:
            reading = read(feed, before, answer, now)
        except ParseError as error:
            return self._failed(feed, before, unreadable(answer, error.reason, str(error)), now)
        parsed = reading.parsed
        if self.own_url and parsed.self_url.startswith(self.own_url):
            return self._failed(feed, before, unreadable(answer, "loop", OWN_OUTPUT), now)
        until = self.clock() + PAGES_FOR
        details = Details(feed, before, answer.url, partial(self._ask, feed, until))
        kept = details.complete(reading.kept, now)
        changed = self._stepped(feed, kept, until) if feed.steps else kept.entries
        title = feed.title or kept.head.title
        entries = tuple(self._ruled(feed, entry, title, reading.shared) for entry in changed)
        is_news = any(entry.key not in before.seen for entry in entries)
        state = policy.observe_move(feed, before, answer.hops, now)
        state = replace(
            state,
            seen={**state.seen, **kept.seen} if parsed.partial else kept.seen,
            known=reading.known,
            head=kept.head,
            failures=0,
            last_success_at=now,
            gone=False,
            intervals_s=policy.rhythm(reading.dates),
            last_entry_at=policy.last_entry(reading.dates, state.last_entry_at, now, is_news=is_news),
            ttl_s=policy.ttl_s(parsed),
            skip_hours=tuple(sorted(parsed.skip_hours)),
            skip_days=tuple(sorted(parsed.skip_days)),
            pending=details.pending,
            read_as=read_as(feed),
        )
        if not parsed.partial:
            # Validators vouch for a whole document: after a cut one those of the last whole one go on.
            state = replace(
                state,
                etag=answer.headers.get("etag", ""),
                last_modified=answer.headers.get("last-modified", ""),
                validated_url=answer.url,
                body_hash=body_hash,
                validated_at=now,
            )
        return PollResult(
            feed_id=feed.id,
            outcome="updated",
            state=state,
            next_poll_at=max(self._next(feed, state, answer, now), details.retry_at or now),
            polled_at=now,
            entries=entries,
            listed=len(reading.dates),
            backlog=before.last_success_at is None,
            status=answer.status,
            warnings=(*parsed.warnings, *kept.warnings)[:WARNINGS_AT_MOST],
            throttled_until=details.retry_at,
            elapsed_s=answer.elapsed_s,
            size=len(answer.body),
        )

    def _stepped(self, feed: Feed, kept: Normalised, until: datetime) -> list[Entry]:
        """Return the new and changed entries after the feed's steps."""
        sanitiser = Sanitiser()
        context = StepContext(
            feed=feed,
            titles={feed.id: feed.title or kept.head.title or feed.id},
            clean=lambda body, base: sanitiser.clean(body, "html", base),
            fetch=partial(self._page, feed, until),
        )
        return [rehashed(unmarked(entry, context)) for entry in steps.run(feed.steps, kept.entries, context)]

    def _page(self, feed: Feed, until: datetime, url: str) -> Fetched | None:
        """Ask for a page that an entry names, within its bounds; None if there is none, or it is late."""
        outcome = self._ask(feed, until, url, "html")
        return outcome if isinstance(outcome, Fetched) else None

    def _ask(self, feed: Feed, until: datetime, url: str, format: str) -> FetchOutcome | None:
        """Ask for what an entry names; None if it is too late for that."""
        if self.clock() > until:
            return None
        options = replace(feed.fetch, accept=TYPES[format])
        return self.fetcher.fetch(FetchRequest(url=url, home_url=feed.url, options=options), self.clock())

    def _ruled(self, feed: Feed, entry: Entry, title: str, shared: merger.Boilerplate) -> Entry:
        ruled = rules.apply(self.rules, feed, entry, self.terms, title)
        return replace(ruled, match_keys=merger.keys(entry, feed=feed, boilerplate=shared))

    def _unchanged(
        self, feed: Feed, before: FeedState, answer: Fetched | NotModified, now: datetime
    ) -> PollResult:
        """A 304, or a 200 with the bytes we know. Each validator is renewed on its own (commafeed#1746)."""
        state = policy.observe_move(feed, before, answer.hops, now)
        fresh = isinstance(answer, Fetched)
        state = replace(
            state,
            etag=answer.headers.get("etag", "" if fresh else state.etag),
            last_modified=answer.headers.get("last-modified", "" if fresh else state.last_modified),
            validated_url=answer.url if fresh else state.validated_url,
            validated_at=now if fresh else state.validated_at,
            failures=0,
            last_success_at=now,
            gone=False,
        )
        return PollResult(
            feed_id=feed.id,
            outcome="unchanged",
            state=state,
            next_poll_at=self._next(feed, state, answer, now),
            polled_at=now,
            listed=len(state.seen),
            status=answer.status if isinstance(answer, Fetched) else 304,
            elapsed_s=answer.elapsed_s,
        )

    def _failed(self, feed: Feed, before: FeedState, failure: FetchFailure, now: datetime) -> PollResult:
        state = replace(before, failures=before.failures + 1, gone=failure.reason == "gone")
        state = policy.back_home(feed, state, failure.reason)
        at = policy.next_try(
            feed,
            state,
            reason="" if before.url != state.url else failure.reason,
            retry_at=failure.retry_at,
            jitter=self.jitter(),
            now=now + timedelta(seconds=failure.elapsed_s),
        )
        return PollResult(
            feed_id=feed.id,
            outcome="failed",
            state=state,
            next_poll_at=at,
            polled_at=now,
            status=failure.status,
            reason=failure.reason,
            error=failure.message,
            throttled_until=failure.retry_at if failure.reason == "throttled" else None,
            elapsed_s=failure.elapsed_s,
        )

    def _next(
        self, feed: Feed, state: FeedState, answer: Fetched | NotModified, started_at: datetime
    ) -> datetime:
        """Count from when the answer was there: that is what its max-age is about."""
        now = started_at + timedelta(seconds=answer.elapsed_s)
        hint = policy.freshness(answer.headers, now)
        return policy.next_poll(feed, state, hint=hint, jitter=self.jitter(), now=now)


def unmarked(entry: Entry, context: StepContext) -> Entry:
    """Return an entry without the classes and ids that were left in for its feed's steps."""
    if not _MARK.search(entry.content) and not _MARK.search(entry.summary):
        return entry
    content, summary = (context.clean(body, entry.link) for body in (entry.content, entry.summary))
    return replace(entry, content=content, summary=summary)


_MARK = re.compile(r"<[^<>]* (?:class|id)=")


def accepting(options: FetchOptions, format: str) -> FetchOptions:
    """Return options that ask for a format, unless they ask for something already."""
    return options if options.accept else replace(options, accept=TYPES[format])


def read_as(feed: Feed) -> str:
    """Return a digest of how a feed's document is read; empty for one that is read as it comes."""
    given = feed.extraction, feed.encoding
    return xxhash.xxh3_64_hexdigest(repr(given).encode()) if any(given) else ""


def wants_whole(feed: Feed, state: FeedState) -> bool:
    """Tell whether the document is to be read although it may be the same: details are missing, or it was
    read another way."""
    return bool(state.pending) or state.read_as != read_as(feed)


OWN_OUTPUT = "this is one of FeedHub's own outputs: a hub that reads itself would loop; remove the feed"


def unreadable(answer: Fetched, reason: str, message: str) -> FetchFailure:
    """Return a body that could not be read as a feed in the form of a failure."""
    return FetchFailure(
        url=answer.url,
        reason=reason,
        message=message,
        status=answer.status,
        hops=answer.hops,
        elapsed_s=answer.elapsed_s,
    )

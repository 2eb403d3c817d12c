"""The shell round the core: claims what is due, has it polled, commits, builds what changed, publishes.

Decides nothing itself and opens nothing: the store, the workers, the folder and the clock come in.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from feedhub import generator, merger, policy, rules, steps
from feedhub.errors import StoreError
from feedhub.model import (
    BuildClaim,
    Catalogue,
    Claim,
    CommitReport,
    Document,
    Output,
    PollResult,
    Story,
    etag_of,
)
from feedhub.normalize.html import Sanitiser
from feedhub.ports import Dispatcher, Folder, StepContext, Store

LEASE = timedelta(minutes=10)
"""Longer than the longest poll (the feed, the parser, the pages that steps ask for), so that a lease that
ran out means a dead worker."""

BUG_RETRY = timedelta(hours=1)
COMMIT_AT_MOST = 50
COMMIT_AT_LEAST = 20
GATHER_S, GATHER_TIMES = 0.005, 10
"""How long, and how often, a commit waits for more: alone, a feed's commit costs several times what it
costs among twenty."""
RANKED_AT_MOST = 500
"""The newest stories of an output, among which `order: sources` puts the most widespread first."""
BUILDS_AT_ONCE = 20
WAIT_S = 0.25
CLOCK_SLIPS = timedelta(minutes=1)
"""A clock that goes back by more was put right: what waits for the instants of the wrong one is due."""
WAITS_AFTER = timedelta(seconds=0.5)
"""A poll that takes longer mostly waits for its server: its worker is not counted any more, another may
start. So what hangs or drips holds up nobody, up to the most that the dispatcher can have in flight."""

AGES_AGAIN = timedelta(minutes=10)
"""How often an output whose condition asks for an age is built, whether or not its stories change."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("feedhub.hub")


@dataclass(frozen=True, slots=True)
class Started:
    """A poll in flight, and since when."""

    claim: Claim
    at: datetime


@dataclass(frozen=True, slots=True)
class Polled:
    """One feed's poll and what its commit did."""

    result: PollResult
    report: CommitReport


class Hub:
    """One hub over one store. `poll_due` and `publish` may run in two threads; each only in one."""

    def __init__(
        self,
        store: Store,
        dispatcher: Dispatcher,
        folder: Folder,
        closet: Folder,
        clock: Callable[[], datetime],
        version: str,
    ) -> None:
        """`folder` takes the public outputs' files, `closet` those of private ones."""
        self._store = store
        self._dispatcher = dispatcher
        self._folder = folder
        self._closet = closet
        self._mirrored: Catalogue | None = None
        self._clock = clock
        self._version = version
        self._in_flight: dict[Future[PollResult], Started] = {}
        self._reach = policy.Reach()
        self._latest = clock()
        self._stopping = threading.Event()
        self._polling = threading.RLock()
        self.catalogue: Catalogue

    def apply(self, catalogue: Catalogue) -> None:
        """Make this the catalogue in force, in the store and here."""
        self._store.apply(catalogue, self._clock())
        self.catalogue = catalogue

    def poll_due(
        self, ids: Collection[str] | None = None, *, ignore_schedule: bool = False
    ) -> Iterator[Polled]:
        """Poll all that is due, as many at a time as there are workers, until nothing is, or `stop`.

        A feed that comes due meanwhile is taken along; one that waits for its domain's pace is waited for.
        Yields each feed when its result is committed.
        """
        since = self._clock() if ignore_schedule else None
        with self._polling:
            while not self._stopping.is_set():
                claimed = self._claim(since, ids)
                if not (claimed or self._in_flight) and not self._await_slot(ids):
                    return
                wait(self._in_flight, timeout=WAIT_S, return_when=FIRST_COMPLETED)
                self._gather()
                yield from self._commit_done()

    def publish(self) -> int:
        """Build and publish every output whose stories changed; return how many were built.

        After a new catalogue, or a file that could not be written, the folders are brought in line too.
        """
        built = self.build_dirty()
        if self._mirrored is not self.catalogue:
            self.mirror()
        return built

    def build_dirty(self) -> int:
        """Build every output whose stories changed. One that cannot be built holds up no other: it is left
        under its lease, and comes round again when that has run out."""
        built = 0
        while not self._stopping.is_set():
            claims = self._store.claim_builds(self._clock(), limit=BUILDS_AT_ONCE, lease=LEASE)
            for claim in claims:
                if (output := self.catalogue.outputs.get(claim.path)) is None:
                    continue
                try:
                    built += self._build(output, claim)
                except StoreError:
                    self._mirrored = None
                    raise
                except Exception:
                    # A step of the user's own, or a bug of ours, in this output alone.
                    log.exception("not built", output=claim.path)
            if not claims:
                break
        return built

    def _build(self, output: Output, claim: BuildClaim) -> bool:
        now = self._clock()
        stories = self.select(output, now)
        documents = self._rendered(output, stories, claim.created_at)
        if not self._store.commit_build(claim, documents, now, stale_at(output, stories, now)):
            return False
        for document in documents:
            self._write(document, self._closet if output.private else self._folder)
        log.debug("built", output=claim.path)
        return True

    def _write(self, document: Document, folder: Folder) -> None:
        """Write a document as a file; then what has taken its row's place meanwhile.

        Between our commit and our write another daemon may have built, committed and written a newer one.
        """
        folder.write(document)
        while (current := self._store.document(document.path)) and current.etag != document.etag:
            document = current
            folder.write(document)

    def render(self, output: Output, created_at: datetime) -> tuple[Document, ...]:
        """Return an output's documents as its stories are now, without publishing them."""
        return self._rendered(output, self.select(output), created_at)

    def select(self, output: Output, now: datetime | None = None) -> list[Story]:
        """Return the stories that an output shows at an instant, by default now, in its order."""
        by_sources = output.order == "sources"
        among = max(2 * output.limit, RANKED_AT_MOST if by_sources else 0)
        stories = merger.once(self._of_age(output, among, now or self._clock()))
        if by_sources:
            stories.sort(key=lambda story: -len({source.feed_id for source in story.sources}))
        return self._stepped(output, stories[: output.limit])

    def _of_age(self, output: Output, most: int, now: datetime) -> list[Story]:
        """Return an output's newest stories that are neither too old nor too young for it now.

        Members are all that may be shown at some age; what bounds the age is asked of the index.
        """
        youngest, oldest = rules.age_bounds(output.where)
        ages = [timedelta(seconds=oldest)] if oldest is not None else []
        if output.max_age:
            ages.append(output.max_age)
        since = now - min(ages) if ages else None
        until = now - timedelta(seconds=youngest) if youngest is not None else None
        asks_age = "age" in rules.fields_of(output.where)
        size = most
        while True:
            found = self._store.stories(output.path, limit=size, since=since, until=until)
            if not asks_age:
                return found
            shown = [story for story in found if rules.holds(output.where, rules.story_facts(story, now))]
            if len(shown) >= most or len(found) < size:
                return shown[:most]
            size *= 4

    def _rendered(self, output: Output, stories: list[Story], created_at: datetime) -> tuple[Document, ...]:
        return generator.render(
            output, stories, self.catalogue.site, created_at=created_at, version=self._version
        )

    def _stepped(self, output: Output, stories: list[Story]) -> list[Story]:
        """Return stories after an output's own steps, each shown as its entry has become."""
        if not output.steps:
            return stories
        titles = {source.feed_id: source.feed_title for story in stories for source in story.sources}
        sanitiser = Sanitiser()
        context = StepContext(None, titles, lambda body, base: sanitiser.clean(body, "html", base))
        shown = {
            (entry.feed_id, entry.key): entry
            for entry in steps.run(output.steps, [story.entry for story in stories], context)
        }
        return [
            replace(story, entry=entry)
            for story in stories
            if (entry := shown.get((story.entry.feed_id, story.entry.key)))
        ]

    def mirror(self) -> int:
        """Bring the folders in line with what is published; return how many files were written.

        Heals what a crash between commit and file left behind, and removes what is published no more.
        """
        catalogue = self.catalogue
        private = {path for path, output in catalogue.outputs.items() if output.private}
        places: dict[bool, set[str]] = {False: set(), True: set()}
        written = 0
        for path, etag in self._store.documents():
            hidden = path.rpartition(".")[0] in private
            places[hidden].add(path)
            folder = self._closet if hidden else self._folder
            if not folder.holds(path, etag) and (document := self._store.document(path)):
                folder.write(document)
                written += 1
        subscriptions = self.subscriptions()
        if not self._folder.holds(subscriptions.path, subscriptions.etag):
            self._folder.write(subscriptions)
        self._folder.keep_only({*places[False], subscriptions.path})
        self._closet.keep_only(places[True])
        self._mirrored = catalogue
        return written

    def purge(self) -> int:
        """Drop the bodies of what is too old, a part at a time; return how many."""
        count = 0
        while not self._stopping.is_set() and (part := self._store.purge(self._clock())):
            count += part
        return count

    def subscriptions(self) -> Document:
        """Return the OPML of the public outputs."""
        outputs = [output for output in self.catalogue.outputs.values() if not output.private]
        body = generator.opml(outputs, self.catalogue.site)
        return Document("opml.xml", body, "text/x-opml; charset=utf-8", etag_of(body), self._clock())

    def stop(self, patience: timedelta) -> None:
        """Claim nothing more, commit what ends within `patience`, give the rest back."""
        self._stopping.set()
        with self._polling:
            wait(self._in_flight, timeout=patience.total_seconds())
            for _ in self._commit_done():
                pass
            self._store.release([started.claim.token for started in self._in_flight.values()])
            self._in_flight.clear()
        self._dispatcher.close()

    def _claim(self, since: datetime | None, ids: Collection[str] | None) -> int:
        """Claim and start as many polls as there are free workers; return how many.

        `since` ignores the schedule: whatever was not polled since then is claimed.
        """
        now = self._clock()
        if now < self._latest - CLOCK_SLIPS:
            log.warning("clock was put back", by=str(self._latest - now))
            self._store.apply(self.catalogue, now)
        self._latest = now
        free, slow = self._free(now)
        if free <= 0 or sum(future.done() for future in self._in_flight) > COMMIT_AT_MOST:
            return 0
        claims = self._store.claim_feeds(now, limit=free, slow=slow, lease=LEASE, ids=ids, since=since)
        strangers = []
        for claim in claims:
            if (feed := self.catalogue.feeds.get(claim.feed_id)) is None:
                strangers.append(claim.token)
            else:
                self._in_flight[self._dispatcher.submit(feed, claim)] = Started(claim, now)
        # The store may know a catalogue that is not in force here yet, or one of another command.
        self._store.release(strangers)
        return len(claims) - len(strangers)

    def _free(self, now: datetime) -> tuple[int, int]:
        """Return how many polls may start: as many as workers are idle or have only waited for long; and how
        many beside them of feeds that were slow last time: these may fill half of what there is."""
        started = [one for future, one in self._in_flight.items() if not future.done()]
        slow = sum(one.claim.slow for one in started)
        quick = sum(now - one.at < WAITS_AFTER and not one.claim.slow for one in started)
        most = self._dispatcher.most
        free = min(self._dispatcher.capacity - quick, most - len(started))
        return free, max(min(most // 2 - slow, most - len(started) - free), 0)

    def _gather(self) -> None:
        """Wait a moment for results enough to be worth a commit, or for all."""
        enough = min(COMMIT_AT_LEAST, len(self._in_flight))
        for _ in range(GATHER_TIMES):
            if not 0 < sum(future.done() for future in self._in_flight) < enough:
                return
            self._stopping.wait(GATHER_S)

    def _await_slot(self, ids: Collection[str] | None) -> bool:
        """Wait a moment for a feed that is due but for its domain's pace; return whether there is one."""
        slot = self._store.next_slot(ids)
        if slot is None:
            return False
        until = (slot - self._clock()).total_seconds()
        self._stopping.wait(min(max(until, 0.0), WAIT_S))
        return True

    def _commit_done(self) -> Iterator[Polled]:
        done = [future for future in self._in_flight if future.done()][:COMMIT_AT_MOST]
        if not done:
            return
        claims = [self._in_flight[future].claim for future in done]
        batch = [(claim, self._judged(future, claim)) for future, claim in zip(done, claims, strict=True)]
        committed = self._commit(batch)
        for future in done:
            del self._in_flight[future]
        for polled in committed:
            note(polled.result, polled.report)
            yield polled

    def _commit(self, batch: list[tuple[Claim, PollResult]]) -> list[Polled]:
        """Commit results together; where one of them cannot be stored, each by itself, that one as a bug."""
        try:
            reports = self._store.commit_polls(
                [(claim.token, result) for claim, result in batch], self._clock()
            )
        except StoreError:
            raise
        except Exception as bug:
            if len(batch) == 1:
                ((claim, result),) = batch
                if result.reason == "bug":
                    raise
                return self._commit([(claim, self._broken(claim, bug))])
            return [polled for one in batch for polled in self._commit([one])]
        return [Polled(result, report) for (_, result), report in zip(batch, reports, strict=True)]

    def _judged(self, future: Future[PollResult], claim: Claim) -> PollResult:
        """Return a poll's result, the feed unblamed if it is the network that is down."""
        result = self._outcome(future, claim)
        feed = self.catalogue.feeds.get(claim.feed_id)
        if feed is None:
            return result
        offline = self._reach.offline
        self._reach = self._reach.after(feed, result)
        if self._reach.offline != offline:
            log.warning("network is back" if offline else "network is down")
        return self._reach.judged(claim.state, result)

    def _outcome(self, future: Future[PollResult], claim: Claim) -> PollResult:
        """Return a poll's result; a bug in it becomes a failure of that feed."""
        bug = future.exception()
        return future.result() if bug is None else self._broken(claim, bug)

    def _broken(self, claim: Claim, bug: BaseException) -> PollResult:
        """Return the failure of a feed that a bug made, with its traceback logged."""
        log.error("bug", feed=claim.feed_id, exc_info=bug)
        now = self._clock()
        return PollResult(
            feed_id=claim.feed_id,
            outcome="failed",
            state=replace(claim.state, failures=claim.state.failures + 1, last_polled_at=now),
            next_poll_at=now + BUG_RETRY,
            polled_at=now,
            reason="bug",
            error=f"an error in FeedHub itself, please report it: {type(bug).__name__}: {bug}",
        )


def stale_at(output: Output, stories: Sequence[Story], now: datetime) -> datetime | None:
    """Return when time alone changes what an output shows: its oldest story grows too old, or, where the
    condition asks for an age, perhaps soon; None: never."""
    if "age" in rules.fields_of(output.where):
        return now + AGES_AGAIN
    if output.max_age is None or not stories:
        return None
    return max(min(story.ordered_at for story in stories) + output.max_age, now) + timedelta(microseconds=1)


def note(result: PollResult, report: CommitReport) -> None:
    """Log one poll in one line."""
    if not report.accepted:
        log.warning("lease lost, result dropped", feed=result.feed_id)
    elif result.outcome == "failed":
        log.warning("failed", feed=result.feed_id, reason=result.reason, error=result.error)
    elif result.outcome == "unchanged":
        log.debug("unchanged", feed=result.feed_id, status=result.status)
    else:
        log.info("updated", feed=result.feed_id, new=report.new, changed=report.updated, merged=report.merged)

"""Outputs become documents: built when their stories changed, committed as rows, then written as files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from feedhub import generator
from feedhub.errors import StoreError
from feedhub.hub import periods
from feedhub.hub.leases import LEASE
from feedhub.hub.mirroring import mirror
from feedhub.hub.selection import Selection, stale_at
from feedhub.hub.shelving import next_issue, turn
from feedhub.model import Build, BuildClaim, Catalogue, Document, Output, Story, etag_of
from feedhub.packing import pack
from feedhub.ports import Folder, Store

BUILDS_AT_ONCE = 20
PACKERS = 2
PAUSE_S = 0.02
LISTS_AGAIN = timedelta(minutes=10)
"""How old the lists of subscriptions may grow: feeds say their titles when they are first read."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("feedhub.hub")


class Publishing:
    """What is published of one store. Runs in one thread; `stopping` ends it between two outputs."""

    def __init__(
        self,
        store: Store,
        selection: Selection,
        folder: Folder,
        closet: Folder,
        clock: Callable[[], datetime],
        version: str,
    ) -> None:
        self._store = store
        self._selection = selection
        self._folder = folder
        self._closet = closet
        self._clock = clock
        self._version = version
        self._fragments = generator.Fragments()
        self._mirrored: Catalogue | None = None
        self._listed_at = datetime.min.replace(tzinfo=UTC)
        self.stopping = threading.Event()
        self.catalogue: Catalogue

    def refresh(self) -> None:
        """Take over what entries have named since; new outputs need no look at the files of others."""
        before, now = self.catalogue, self._store.catalogue()
        if now is before:
            return
        self.catalogue = now
        if self._mirrored is before and not _moved(before, now):
            self._mirrored = now
            self._listed_at = datetime.min.replace(tzinfo=UTC)

    def publish(self) -> int:
        """Build and publish every output whose stories changed; return how many were built.

        After a new catalogue, or a file that could not be written, the folders are brought in line too.
        """
        built = self.build_dirty()
        if self._mirrored is not self.catalogue:
            self.mirror()
        elif built and self._clock() - self._listed_at >= LISTS_AGAIN:
            self._write_lists()
        return built

    def derive(self) -> None:
        """Have the stories that do not yet do so follow the catalogue in force."""
        while not self.stopping.is_set() and self._store.derive(self._clock()):
            # Who waits for the lock in another process looks up now and then.
            self.stopping.wait(PAUSE_S)

    def build_dirty(self) -> int:
        """Build every output whose stories changed. One that cannot be built holds up no other: it is left
        under its lease, and comes round again when that has run out."""
        built = 0
        self.derive()
        with (
            ThreadPoolExecutor(PACKERS, "feedhub-pack") as packers,
            ThreadPoolExecutor(1, "feedhub-write") as writer,
        ):
            claims, writing = self._claim(), None
            try:
                while claims:
                    now = self._clock()
                    begun = [self._start(claim, now, packers) for claim in claims]
                    if writing is not None:
                        writing.result()
                    accepted = self._commit([one for one in begun if one])
                    built += len(accepted)
                    # The next ones are built while these are written.
                    claims = self._claim()
                    writing = writer.submit(self._write_all, accepted)
                    if not claims:
                        writing.result()
                        claims = self._claim()
            except StoreError:
                self._mirrored = None
                with suppress(StoreError):  # Then their leases run out.
                    self._store.release_builds([claim.token for claim in claims])
                raise
        return built

    def _claim(self) -> list[BuildClaim]:
        """Claim some outputs that are to be built, unless it is time to stop."""
        if self.stopping.is_set():
            return []
        claims = self._store.claim_builds(self._clock(), limit=BUILDS_AT_ONCE, lease=LEASE)
        # After the claims: what they name may have been taken in since the last look.
        self.refresh()
        return claims

    def render(self, output: Output, created_at: datetime) -> tuple[Document, ...]:
        """Return an output's documents as its stories are now, without publishing them."""
        return self._rendered(output, self._selection.select(output), created_at)

    def mirror(self) -> int:
        """Bring the folders in line with what is published; return how many files were written.

        Heals what a crash between commit and file left behind, and removes what is published no more.
        """
        catalogue = self.catalogue
        lists = self._write_lists()
        written = mirror(self._store, catalogue, self._folder, private=False, besides=lists)
        written += mirror(self._store, catalogue, self._closet, private=True)
        self._mirrored = catalogue
        return written

    def subscriptions(self) -> tuple[Document, ...]:
        """Return the lists of subscriptions: of the public outputs, and of what each is made of."""
        public = [output for output in self.catalogue.outputs.values() if output.listed]
        statuses = self._store.statuses()
        bodies = {"opml.xml": generator.opml(public, self.catalogue.site)}
        for output in public:
            if body := generator.opml_behind(output, self.catalogue, statuses):
                bodies[f"{output.path}.opml"] = body
        now = self._clock()
        return tuple(
            Document(path, body, "text/x-opml; charset=utf-8", etag_of(body), now)
            for path, body in bodies.items()
        )

    def _write_lists(self) -> set[str]:
        lists = self.subscriptions()
        for one in lists:
            if not self._folder.holds(one.path, one.etag):
                self._folder.write(one)
        self._listed_at = self._clock()
        return {one.path for one in lists}

    def _start(self, claim: BuildClaim, now: datetime, packers: Executor) -> _Started | None:
        """Build one output, and have packed what differs from what is published; None: it cannot be built."""
        if (output := self.catalogue.outputs.get(claim.path)) is None:
            return None
        try:
            build = self._build(output, claim, now)
        except StoreError:
            raise
        except Exception:
            # A step of the user's own, or a bug of ours, in this output alone.
            log.exception("not built", output=claim.path)
            return None
        packing = {
            one.path: packers.submit(pack, one.body)
            for one in build.documents
            if claim.etags.get(one.path) != one.etag
        }
        return _Started(build, packing, output.private)

    def _build(self, output: Output, claim: BuildClaim, now: datetime) -> Build:
        site, created_at = self.catalogue.site, claim.created_at
        if output.digest is not None:
            issue = next_issue(self._store, self._selection, output, site, now)
            told = self._selection.select(output, now)
            if issue.page and issue.page.issue:
                told = [issue.page.issue, *told][: output.limit]
            return Build(
                claim,
                self._rendered(output, told, created_at),
                now if issue.passed else periods.following(output.digest, now),
                pages=(issue.page,) if issue.page else (),
                passed=issue.passed,
            )
        stories = self._selection.select(output, now)
        stale = stale_at(output, stories, now)
        if not output.archive:
            return Build(claim, self._rendered(output, stories, created_at), stale)
        turned = turn(self._store, output, stories, now)
        newest = turned.numbers[-1] if turned.numbers else None
        documents = [*self._rendered(output, stories, created_at, generator.Archive(None, newest))]
        for number, page_stories in turned.written.items():
            shown = self._selection.shown(output, page_stories[::-1])
            documents += self._rendered(output, shown, created_at, turned.around(number))
        return Build(
            claim,
            tuple(documents),
            now if turned.more else min(filter(None, (stale, turned.waits_until)), default=None),
            frozenset(turned.kept(output)),
            turned.new,
            turned.fresh,
            turned.emptied,
        )

    def _commit(self, started: Sequence[_Started]) -> list[_Started]:
        """Commit what was built; return what was accepted, packed."""
        packed = [one.packed() for one in started]
        accepted = self._store.commit_builds([one.build for one in packed])
        return [one for one, taken in zip(packed, accepted, strict=True) if taken]

    def _write_all(self, built: Sequence[_Started]) -> None:
        """Write what changed of some outputs as files."""
        for folder, private in ((self._folder, False), (self._closet, True)):
            ours = [one.build for one in built if one.private is private]
            self._write([each for build in ours for each in build.documents if each.packed], folder)
        for one in built:
            log.debug("built", output=one.build.claim.path)

    def _write(self, documents: Sequence[Document], folder: Folder) -> None:
        """Write documents as files; then what has taken their rows' places meanwhile.

        Between our commit and our write another daemon may have built, committed and written newer ones.
        """
        while documents:
            folder.write(*documents)
            etags = dict(self._store.documents())
            outdated = [one.path for one in documents if etags.get(one.path, one.etag) != one.etag]
            documents = [current for path in outdated if (current := self._store.document(path))]

    def _rendered(
        self,
        output: Output,
        stories: list[Story],
        created_at: datetime,
        archive: generator.Archive | None = None,
    ) -> tuple[Document, ...]:
        return generator.render(
            output,
            stories,
            self.catalogue.site,
            created_at,
            self._version,
            fragments=self._fragments,
            archive=archive,
        )


@dataclass(frozen=True, slots=True)
class _Started:
    """An output that is built, while its changed documents, by path, are being packed."""

    build: Build
    packing: Mapping[str, Future[bytes]]
    private: bool

    def packed(self) -> _Started:
        """Return it with what has changed packed."""
        documents = (
            replace(one, packed=self.packing[one.path].result()) if one.path in self.packing else one
            for one in self.build.documents
        )
        return replace(self, build=replace(self.build, documents=tuple(documents)))


def _moved(before: Catalogue, now: Catalogue) -> bool:
    """Tell whether an output lies elsewhere, or no more, by another catalogue."""
    outputs = now.outputs
    return any(
        path not in outputs or outputs[path].private != one.private for path, one in before.outputs.items()
    )

"""Outputs become documents: built when their stories changed, committed as rows, then written as files."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from feedhub import generator
from feedhub.errors import StoreError
from feedhub.hub.leases import LEASE
from feedhub.hub.selection import Selection, stale_at
from feedhub.model import BuildClaim, Catalogue, Document, Output, Story, etag_of
from feedhub.ports import Folder, Store

BUILDS_AT_ONCE = 20
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
        self._mirrored: Catalogue | None = None
        self._listed_at = datetime.min.replace(tzinfo=UTC)
        self.stopping = threading.Event()
        self.catalogue: Catalogue

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

    def build_dirty(self) -> int:
        """Build every output whose stories changed. One that cannot be built holds up no other: it is left
        under its lease, and comes round again when that has run out."""
        built = 0
        while not self.stopping.is_set():
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

    def render(self, output: Output, created_at: datetime) -> tuple[Document, ...]:
        """Return an output's documents as its stories are now, without publishing them."""
        return self._rendered(output, self._selection.select(output), created_at)

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
        self._folder.keep_only({*places[False], *self._write_lists()})
        self._closet.keep_only(places[True])
        self._mirrored = catalogue
        return written

    def subscriptions(self) -> tuple[Document, ...]:
        """Return the lists of subscriptions: of the public outputs, and of what each is made of."""
        public = [output for output in self.catalogue.outputs.values() if not output.private]
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

    def _build(self, output: Output, claim: BuildClaim) -> bool:
        now = self._clock()
        stories = self._selection.select(output, now)
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

    def _rendered(self, output: Output, stories: list[Story], created_at: datetime) -> tuple[Document, ...]:
        return generator.render(
            output, stories, self.catalogue.site, created_at=created_at, version=self._version
        )

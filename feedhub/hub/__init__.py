"""The shell round the core: claims what is due, has it polled, commits, builds what changed, publishes.

Decides nothing itself and opens nothing: the store, the workers, the folders and the clock come in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta

from feedhub.hub.polling import Polled, Polling
from feedhub.hub.publishing import Publishing
from feedhub.hub.selection import Selection
from feedhub.model import Catalogue, Document, Output, Story
from feedhub.ports import Dispatcher, Folder, Store

__all__ = ["Hub", "Polled"]


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
        self._clock = clock
        self._selection = Selection(store, clock)
        self._polling = Polling(store, dispatcher, clock)
        self._publishing = Publishing(store, self._selection, folder, closet, clock, version)

    def apply(self, catalogue: Catalogue) -> None:
        """Make this the catalogue in force, in the store and here, and have all stories follow it.

        Polls and the pages go on meanwhile, nothing is published. Should it be interrupted, `publish` does
        the rest, or the next start.
        """
        # First: polls that go by the one before began before the store takes this, and are ruled again.
        self._polling.catalogue = catalogue
        self._store.apply(catalogue, self._clock())
        self._publishing.catalogue = self._store.catalogue()
        self._publishing.derive()

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue in force here, with what entries have named."""
        return self._publishing.catalogue

    def refresh(self) -> None:
        """Take over the outputs that entries have named since, whichever process polled them."""
        self._publishing.refresh()

    def poll_due(
        self, ids: Collection[str] | None = None, *, ignore_schedule: bool = False
    ) -> Iterator[Polled]:
        """Poll all that is due, as many at a time as there are workers, until nothing is, or `stop`.

        A feed that comes due meanwhile is taken along; one that waits for its domain's pace is waited for.
        Yields each feed when its result is committed.
        """
        return self._polling.run(ids, ignore_schedule=ignore_schedule)

    def publish(self) -> int:
        """Build and publish every output whose stories changed; return how many were built.

        After a new catalogue, or a file that could not be written, the folders are brought in line too.
        """
        return self._publishing.publish()

    def build_dirty(self) -> int:
        """Build every output whose stories changed. One that cannot be built holds up no other: it is left
        under its lease, and comes round again when that has run out."""
        return self._publishing.build_dirty()

    def mirror(self) -> int:
        """Bring the folders in line with what is published; return how many files were written.

        Heals what a crash between commit and file left behind, and removes what is published no more.
        """
        return self._publishing.mirror()

    def render(self, output: Output, created_at: datetime) -> tuple[Document, ...]:
        """Return an output's documents as its stories are now, without publishing them."""
        return self._publishing.render(output, created_at)

    def select(self, output: Output, now: datetime | None = None, *, limit: int | None = None) -> list[Story]:
        """Return the stories that an output shows now, in its order."""
        return self._selection.select(output, now, limit=limit)

    def shown(self, output: Output, stories: Sequence[Story]) -> list[Story]:
        """Return stories as an output shows them, after its own steps."""
        return self._selection.shown(output, stories)

    def subscriptions(self) -> tuple[Document, ...]:
        """Return the lists of subscriptions: of the public outputs, and of what each is made of."""
        return self._publishing.subscriptions()

    def purge(self) -> int:
        """Drop the bodies of what is too old, a part at a time; return how many."""
        count = 0
        while not self._publishing.stopping.is_set() and (part := self._store.purge(self._clock())):
            count += part
        return count

    def stop(self, patience: timedelta) -> None:
        """Claim nothing more, commit what ends within `patience`, give the rest back."""
        self._publishing.stopping.set()
        self._polling.stop(patience)
        self._dispatcher.close()

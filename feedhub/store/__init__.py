"""The memory of the hub: feeds, entries, stories, outputs and documents in one SQL database.

    schema      the tables               engine      the database: opening, settings, errors
    dialect     SQL's two spellings      codec       dataclasses as JSON
    keys        what is looked up        lookup      looking it up
    records     stories as stored        settle      what follows from a story's entries
    commit      entries into stories     polls       results under their tokens
    corrections what a person knows better
    writing     changes in bulk          restory     stored stories derived again
    apply       a new catalogue in force
    deriving    and stories that follow it   concern     which of them it concerns
    definition  by what they follow now
    declared    outputs as rows          names       what only entries name
    schedule    who is polled now        budget      one domain's feeds in turn
    owner       and by which process
    outputs     what they list           related     and what they name beside
    shown       stories made of rows     firsts      as they came into an output
    shelves     on pages, in issues      documents   what is published
    editions    and was lately           tokens      what opens private outputs
    search      stories by their words   revisions   what changed since somebody looked
    health      for a person who asks    changes     when it turned
    purge       what is too old

Decisions are the merger's and the rules'; nothing here knows HTTP, XML or YAML.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, select

from feedhub.errors import StoreError
from feedhub.model import (
    Build,
    BuildClaim,
    Catalogue,
    Claim,
    CommitReport,
    Document,
    Dossier,
    FeedStatus,
    Found,
    HealthChange,
    Listed,
    Mark,
    News,
    PollResult,
    Revised,
    Shelf,
    Standing,
    Story,
)
from feedhub.store import (
    changes,
    corrections,
    deriving,
    documents,
    dossiers,
    editions,
    health,
    names,
    outputs,
    polls,
    revisions,
    schedule,
    schema,
    shelves,
    tokens,
)
from feedhub.store.apply import apply
from feedhub.store.codec import maybe_us
from feedhub.store.engine import Database
from feedhub.store.owner import Owner
from feedhub.store.purge import purge
from feedhub.store.search import SearchIndex
from feedhub.store.settle import Book
from feedhub.store.shown import ShownStories

__all__ = ["SqlStore", "open_store"]


def open_store(url: str) -> SqlStore:
    """Open the database at a SQLAlchemy address, made or migrated if need be; StoreError if it cannot be."""
    return SqlStore(Database(url))


class SqlStore:
    """`ports.Store` over a database; the contract is written there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owner = Owner(database.folder / "owners")
        self._search = SearchIndex(database.file.with_suffix(".search"))
        self._shown = ShownStories()
        self._book: Book | None = None

    def apply(self, catalogue: Catalogue, now: datetime) -> None:
        with self._deciding() as connection:
            schedule.release_dead(connection, self._owner)
            self._book = apply(connection, catalogue, now)
        self._owner.sweep()

    def derive(self, now: datetime) -> bool:
        with self._database.read() as connection:
            part = deriving.look(connection, self._known)
        if part is None:
            return False
        with self._deciding() as connection:
            self._book = deriving.derive(connection, self._known, part, now)
        return True

    def under_way(self, now: datetime) -> bool:
        with self._database.read() as connection:
            return deriving.under_way(connection, now)

    def catalogue(self) -> Catalogue:
        with self._database.read() as connection:
            found = names.refreshed(connection, self._known)
        if found is not self._known:
            with self._deciding() as connection:
                self._book = names.refreshed(connection, self._known)
        return self._known.catalogue

    def claim_feeds(
        self,
        now: datetime,
        *,
        limit: int,
        lease: timedelta,
        slow: int | None = None,
        ids: Collection[str] | None = None,
        since: datetime | None = None,
    ) -> list[Claim]:
        with self._database.write() as connection:
            return schedule.claim_feeds(
                connection,
                self._known,
                now,
                limit=limit,
                slow=limit if slow is None else slow,
                lease=lease,
                ids=ids,
                since=since,
                owner=self._owner,
            )

    def commit_polls(
        self, results: Sequence[tuple[str, PollResult]], now: datetime, *, by: Catalogue | None = None
    ) -> list[CommitReport]:
        with self._deciding() as connection:
            reports, self._book = polls.commit_polls(connection, self._known, results, now, by=by)
        return reports

    def release(self, tokens: Iterable[str]) -> None:
        if given := list(tokens):
            with self._database.write() as connection:
                schedule.release(connection, given)

    def next_due(self) -> datetime | None:
        with self._database.read() as connection:
            return schedule.next_due(connection)

    def next_slot(self, ids: Collection[str] | None = None) -> datetime | None:
        with self._database.read() as connection:
            return schedule.next_slot(connection, self._known, ids)

    def claim_builds(self, now: datetime, *, limit: int, lease: timedelta) -> list[BuildClaim]:
        with self._database.write() as connection:
            return outputs.claim_builds(connection, now, limit=limit, lease=lease, owner=self._owner)

    def release_builds(self, tokens: Collection[str]) -> None:
        with self._database.write() as connection:
            outputs.release_builds(connection, tokens)

    def stories(
        self,
        output: str,
        *,
        limit: int,
        skip: int = 0,
        since: datetime | None = None,
        until: datetime | None = None,
        per_feed: int | None = None,
        initial: int | None = None,
        policy: str = "silent",
    ) -> list[Story]:
        with self._database.read() as connection:
            return outputs.stories(
                connection,
                self._shown,
                output,
                limit=limit,
                skip=skip,
                since=since,
                until=until,
                per_feed=per_feed,
                initial=initial,
                policy=policy,
            )

    def nearest(
        self, output: str, *, before: datetime | None = None, after: datetime | None = None
    ) -> datetime | None:
        with self._database.read() as connection:
            return outputs.nearest(connection, output, before=before, after=after)

    def story(self, id: str) -> Listed | None:
        with self._database.read() as connection:
            return outputs.story(connection, id) or shelves.issue(connection, id)

    def revised(self, after: Mark, *, limit: int) -> Revised:
        with self._database.read() as connection:
            return revisions.revised(connection, after, limit)

    def versions(self) -> dict[str, str]:
        with self._database.read() as connection:
            return outputs.versions(connection)

    def shelf(self, output: str) -> Shelf:
        with self._database.read() as connection:
            return shelves.shelf(connection, output)

    def on_page(self, output: str, page: int, *, before: datetime | None = None, limit: int) -> list[Story]:
        with self._database.read() as connection:
            at = maybe_us(before)
            return shelves.on_page(connection, self._shown, output, page, before=at, limit=limit)

    def issues(self, output: str, *, limit: int) -> list[Story]:
        with self._database.read() as connection:
            return shelves.issues(connection, output, limit)

    def commit_builds(self, builds: Sequence[Build]) -> list[bool]:
        with self._database.write() as connection:
            return documents.commit_builds(connection, builds)

    def document(self, path: str) -> Document | None:
        with self._database.read() as connection:
            return documents.document(connection, path)

    def news(self, path: str, etags: Sequence[str]) -> News | None:
        with self._database.read() as connection:
            return editions.news(connection, path, etags)

    def documents(self) -> list[tuple[str, str]]:
        with self._database.read() as connection:
            return documents.documents(connection)

    def standing(self, output: str) -> Standing | None:
        with self._database.read() as connection:
            return outputs.standing(connection, output)

    def tokens(self) -> dict[str, str]:
        with self._database.read() as connection:
            return tokens.tokens(connection)

    def rotate(self, output: str) -> str:
        with self._database.write() as connection:
            return tokens.rotate(connection, output)

    def statuses(self) -> list[FeedStatus]:
        with self._database.read() as connection:
            return health.statuses(connection)

    def changes(self, *, limit: int) -> list[HealthChange]:
        with self._database.read() as connection:
            return changes.changes(connection, limit=limit)

    def notice(self, now: datetime) -> int:
        with self._database.write() as connection:
            return changes.notice(connection, now)

    def find(self, text: str, *, limit: int) -> list[Story]:
        with self._database.read() as connection:
            return health.find(connection, text, limit=limit)

    def index(self) -> int:
        with self._database.read() as connection:
            taken = self._search.take(connection)
            queued = connection.scalar(select(schema.unsearched.c.id).limit(1)) is not None
        if queued:
            with self._database.write() as connection:
                self._search.settled(connection)
        return taken

    def search(
        self, text: str, outputs: Collection[str], *, best_first: bool = False, skip: int = 0, limit: int
    ) -> Found:
        ids = {id: path for path in outputs if (id := self._known.outputs.get(path)) is not None}
        with self._database.read() as connection:
            return self._search.find(connection, text, ids, best_first=best_first, skip=skip, limit=limit)

    def dossiers(self, text: str, *, limit: int) -> list[Dossier]:
        with self._database.read() as connection:
            return dossiers.find(connection, self._known, text, limit=limit)

    def archive(self, *, feed: str = "", skip: int = 0, limit: int) -> list[Dossier]:
        with self._database.read() as connection:
            return dossiers.archive(connection, self._known, feed, skip=skip, limit=limit)

    def merged(self, *, category: str = "", limit: int) -> list[Dossier]:
        with self._database.read() as connection:
            return dossiers.merged(connection, self._known, category, limit=limit)

    def split(self, entries: Sequence[str], now: datetime) -> list[str]:
        with self._database.write() as connection:
            return corrections.split(connection, self._known, entries, now)

    def merge(self, stories: Sequence[str], now: datetime) -> str:
        with self._database.write() as connection:
            return corrections.merge(connection, self._known, stories, now)

    def copy(self, target: Path) -> None:
        self._database.copy(target)

    def purge(self, now: datetime) -> int:
        with self._database.write() as connection:
            return purge(connection, self._known, now)

    def close(self) -> None:
        self._owner.close()
        self._database.close()

    @contextmanager
    def _deciding(self) -> Iterator[Connection]:
        """Open a transaction that may change the book: a new one is known before anybody else may write
        again, and forgotten if nothing is committed."""
        before = self._book
        try:
            with self._database.write() as connection:
                before = self._book
                yield connection
        except BaseException:
            self._book = before
            raise

    @property
    def _known(self) -> Book:
        if self._book is None:
            raise StoreError("no catalogue is in force: apply one first")
        return self._book

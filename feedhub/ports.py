"""What the rooms need of each other, as Protocols: the arrows of the architecture.

The core (levels 0 to 2) computes; these are the doors to the network, the database and other processes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from feedhub.model import (
    Build,
    BuildClaim,
    Catalogue,
    Claim,
    CommitReport,
    Document,
    Dossier,
    Entry,
    Feed,
    FeedStatus,
    Fetched,
    FetchOutcome,
    FetchRequest,
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


class Fetcher(Protocol):
    """One polite, bounded, address-checked request at a time; safe to call from several threads."""

    def fetch(self, request: FetchRequest, now: datetime) -> FetchOutcome:
        """Ask for one URL, following redirects by hand; never raises for what a server can do.

        `now` turns a Retry-After in seconds into an instant.
        """

    def close(self) -> None:
        """Drop idle connections."""


Job = tuple[Feed, Claim]
Outcome = PollResult | Exception
"""What a poll came to: a result, or the bug that it raised."""
Landed = Callable[[Sequence[tuple[str, Outcome]]], None]
"""Is told what polls came to, under their claims' tokens."""


class Dispatcher(Protocol):
    """Where polls run: here, in threads, in processes."""

    @property
    def capacity(self) -> int:
        """How many polls may be at work."""

    @property
    def most(self) -> int:
        """How many polls may be in flight, with those that only wait for a slow server."""

    def submit(self, jobs: Sequence[Job], landed: Landed) -> None:
        """Start polls. `landed` is called as they end, for one or several at a time, in any thread."""

    def close(self) -> None:
        """End the workers; does not wait for what is in flight."""


class Store(Protocol):
    """The memory of the hub. Every method is one transaction; instants are aware UTC.

    Safe to call from several threads; several processes may share one store.
    """

    def apply(self, catalogue: Catalogue, now: datetime) -> None:
        """Make this the catalogue in force and begin to bring what is stored in line with it.

        New feeds are due now (spread out when many), feeds no longer listed stop being polled and leave the
        outputs (their entries stay for `retention`), a feed that changed category takes its entries along,
        a changed URL forgets its validators. Rules are applied to the stored entries again and the outputs'
        members derived again, when rules, feeds' tags or outputs changed; outputs that differ become dirty.

        Stories follow in parts, of which this does the first and `derive` the others. Until the last of them
        no build is handed out and none is taken back, by any process.
        """

    def derive(self, now: datetime) -> bool:
        """Have another part of the stories follow the catalogue in force; return whether any was left.

        Also what another process with the same catalogue has left, if it died.
        """

    def under_way(self, now: datetime) -> bool:
        """Return whether some stories follow a new catalogue and some do not yet: nothing that lasts may be
        made of them."""

    def catalogue(self) -> Catalogue:
        """Return the catalogue in force, with an output for each category and tag that only entries name.

        The same object as long as there are no more of them, whichever process has taken them in.
        """

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
        """Hand out feeds that are due, the longest overdue first, at most `per_host` in flight a host.

        Beside the `limit`, `slow` feeds at most (None: as many) that took longer than `SLOW_AFTER` last time.
        `ids` restricts to some feeds. `since` ignores the schedule: whatever was not polled since then is
        handed out, but for feeds that are gone (unless named in `ids`). A Retry-After, a lease in force,
        `per_host` and the slots of a domain hold all the same, and a public host is left some minutes. A feed
        whose domain has no slot free now reserves one, and is due then.
        """

    def commit_polls(
        self, results: Sequence[tuple[str, PollResult]], now: datetime, *, by: Catalogue | None = None
    ) -> list[CommitReport]:
        """Take back results under their tokens: entries, stories, outputs' members, schedule, all or nothing.

        A result whose lease was lost is dropped and reported as not accepted. `by` is the catalogue whose
        rules the entries went through (None: the one in force): where another is in force, they go through
        its rules.
        """

    def release(self, tokens: Iterable[str]) -> None:
        """Give claims back unpolled: the feeds are due as before."""

    def next_due(self) -> datetime | None:
        """When the next feed is due; None if there is none."""

    def next_slot(self, ids: Collection[str] | None = None) -> datetime | None:
        """When the next feed that waits for its domain's slot may be polled; None if none waits."""

    def claim_builds(self, now: datetime, *, limit: int, lease: timedelta) -> list[BuildClaim]:
        """Hand out dirty outputs under a lease."""

    def release_builds(self, tokens: Collection[str]) -> None:
        """Give claims back unbuilt: the outputs are dirty as before."""

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
        """Return an output's newest stories by `ordered_at`, newest first, ties by id: by index.

        Args:
            per_feed: how many of those whose shown copy is of one feed.
            initial: how many of those dated before the output was first declared.
            policy: the output's `update_policy`. `republish`: those that were published anew last come first,
                so many besides; `never`: each as it came into the output.
        """

    def nearest(
        self, output: str, *, before: datetime | None = None, after: datetime | None = None
    ) -> datetime | None:
        """When the last of an output's stories before an instant is, or the first after one; None: none."""

    def story(self, id: str) -> Listed | None:
        """Return a story by its id; None if no output lists it."""

    def revised(self, after: Mark, *, limit: int) -> Revised:
        """Return stories that are new or have changed after a mark, the oldest change first."""

    def versions(self) -> dict[str, str]:
        """Return a mark of each output that changes whenever what it lists does."""

    def shelf(self, output: str) -> Shelf:
        """Return what an output with an archive or a digest has done with its stories."""

    def on_page(self, output: str, page: int, *, before: datetime | None = None, limit: int) -> list[Story]:
        """Return the stories on a page of an output's shelf, the oldest first; page 0 are those that wait for
        one, `before` leaves out what came later."""

    def issues(self, output: str, *, limit: int) -> list[Story]:
        """Return a digest's newest issues, the newest first: items like stories."""

    def commit_builds(self, builds: Sequence[Build]) -> list[bool]:
        """Store outputs' documents and clear their marks, unless they were dirtied meanwhile; all or nothing.

        From `stale_at` on an output is dirty again, whether or not its stories change. A document whose bytes
        did not change keeps its row. False for those whose lease was lost.
        """

    def document(self, path: str) -> Document | None:
        """Return a published document."""

    def news(self, path: str, etags: Sequence[str]) -> News | None:
        """Return a document and what is new in it for who has one of these editions of it, the newest that
        is known; None if none of them is."""

    def documents(self) -> list[tuple[str, str]]:
        """Return (path, etag) of every published document."""

    def standing(self, output: str) -> Standing | None:
        """Return how an output stands; None if there is none."""

    def tokens(self) -> dict[str, str]:
        """Return what opens each private output, by path: minted when it was first applied, kept for good."""

    def rotate(self, output: str) -> str:
        """Mint another token for an output, and return it; the old one opens nothing from now on."""

    def statuses(self) -> list[FeedStatus]:
        """Return every active feed's health, by id."""

    def changes(self, *, limit: int) -> list[HealthChange]:
        """Return the newest changes of public feeds' health, the newest first."""

    def notice(self, now: datetime) -> int:
        """Note which feeds are silent for longer than their rhythm; return how many became so."""

    def find(self, text: str, *, limit: int) -> list[Story]:
        """Return stories whose id, link, guid or title is (or, for titles, contains) `text`."""

    def index(self) -> int:
        """Take new and changed stories into the search, a part at a time; return how many: 0 is all."""

    def search(
        self, text: str, outputs: Collection[str], *, best_first: bool = False, skip: int = 0, limit: int
    ) -> Found:
        """Return stories with all these words (`"phrases"`, `-without`) that one of some outputs lists.

        Never private ones. The newest first, or the best match.
        """

    def dossiers(self, text: str, *, limit: int) -> list[Dossier]:
        """Return what is known of the stories that `text` means, published or not, the newest first.

        `text` is a story's id (also of one merged by hand), an entry's name, link or guid, else a part of a
        title.
        """

    def archive(self, *, feed: str = "", skip: int = 0, limit: int) -> list[Dossier]:
        """Return some of everything that is stored (of what a feed has a part in), the newest first."""

    def merged(self, *, category: str = "", limit: int) -> list[Dossier]:
        """Return the newest stories of a category (of all) that have more than one entry."""

    def split(self, entries: Sequence[str], now: datetime) -> list[str]:
        """Make each of these entries a story of its own for good; return the stories' ids.

        An entry's name is `FEED/` and its key, link or guid, or a link or guid that is one entry's alone.
        UsageError for what names none, or several.
        """

    def merge(self, stories: Sequence[str], now: datetime) -> str:
        """Make one story of several, named by id or by one of their entries; return its id.

        UsageError if they are not of one category, or one story already.
        """

    def copy(self, target: Path) -> None:
        """Write a whole copy of the database to a file that is not there yet."""

    def purge(self, now: datetime) -> int:
        """Drop bodies older than the retention that no feed lists any more; identities stay as tombstones.

        Takes a part at a time and returns its size: call again while it is not 0.
        """

    def close(self) -> None:
        """Release connections."""


class Folder(Protocol):
    """Where published documents lie as files, for any web server to serve."""

    def write(self, *documents: Document) -> None:
        """Put documents in place, each whole or not at all, its gzip beside it."""

    def holds(self, path: str, etag: str) -> bool:
        """Return whether the file at `path` has exactly the bytes that `etag` stands for."""

    def keep_only(self, paths: Callable[[], Collection[str]]) -> list[str]:
        """Remove every published file that is not listed, and what an interrupted write left behind; return
        the paths of what was there. `paths` is asked once it is known which files there are."""


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a step may use besides the entries. `feed` is None for an output's steps, where entries come
    from several feeds and nothing may be fetched.

    `titles` maps feed ids to shown titles. `fetch` asks for a page as politely and safely as for a feed; None
    if there is nothing to be had. `clean` makes HTML safe; what a chain has changed goes through it.
    """

    feed: Feed | None
    titles: Mapping[str, str]
    clean: Callable[[str, str], str]
    fetch: Callable[[str], Fetched | None] | None = None


class Step(Protocol):
    """A transform of entries, pure but for `context.fetch`; it may change entries and leave some out.

    The key of an entry stays as it is: it is how the entry is known again.
    """

    def __call__(self, entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        """Return the entries as they are to be, in order."""

"""The composition root: from a configuration to a hub with its parts, and back down in order."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import structlog

from feedhub import __version__, config
from feedhub.config import Config
from feedhub.dispatch import Poll, Processes, Threads, collect_seldom
from feedhub.errors import ConfigError, Problem
from feedhub.fetcher import default_user_agent
from feedhub.folder import PublicFolder
from feedhub.hub import Hub
from feedhub.model import Catalogue, JekyllExport, PollResult
from feedhub.ports import Store
from feedhub.store import open_store
from feedhub.worker import make_poll, utc_now

if TYPE_CHECKING:
    from feedhub.exporters import Published

SECONDS_TO_STOP = 5
"""How long polls in flight are waited for: with the web server's 3 and what committing and closing take on a
busy machine, 2 to 3, it stays within the ten seconds that service managers and people grant."""

MANY_FEEDS = 100
"""From here on a process of its own pays for parsing: it takes 0.5 s to start and 40 MB."""
PROCESSES_AT_MOST = 4
"""Beside this process, which commits: that takes longer than polling, so that more would wait for it."""

EXPORT_AGAIN = timedelta(minutes=10)
"""How soon posts that have grown old move, when nothing else happens."""
EXPORT_PAUSE = timedelta(seconds=5)
"""How long news waits for more: with a thousand categories a look at all files takes half a second."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("feedhub.app")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A configuration in force on a copy of the store; `live` is the store as it is, for looking only."""

    hub: Hub
    store: Store
    live: Store


@contextmanager
def rehearsal(loaded: Config, *, asking: bool = False) -> Iterator[Rehearsal]:
    """Show what a configuration would publish, with nothing changed of what is.

    No publisher is asked, unless `asking`: then feeds can be polled, into the copy.
    """
    with (
        tempfile.TemporaryDirectory(prefix="feedhub-") as folder,
        closing(open_store(loaded.storage)) as live,
    ):
        copy = Path(folder) / "feedhub.sqlite"
        live.copy(copy)
        with closing(open_store(f"sqlite:///{copy}")) as store:
            hub = Hub(
                store,
                Threads(recipe(loaded), loaded.workers) if asking else Threads(idle, 0),
                PublicFolder(Path(folder) / "public"),
                PublicFolder(Path(folder) / "private"),
                utc_now,
                __version__,
            )
            hub.apply(loaded.catalogue)
            yield Rehearsal(hub, store, live)
            hub.stop(timedelta(0))


def idle() -> Poll:
    """Return what polls nothing: a rehearsal asks no publisher."""
    return lambda feed, claim: PollResult(feed.id, "unchanged", claim.state, utc_now(), utc_now())


def recipe(loaded: Config) -> Callable[[], Poll]:
    """Return what makes the poll of a configuration, in this process or another."""
    catalogue = loaded.catalogue
    user_agent = default_user_agent(__version__, catalogue.site.url)
    return partial(make_poll, user_agent, catalogue.rules, catalogue.site.url, catalogue.terms)


@dataclass(frozen=True, slots=True)
class Exported:
    """What was copied elsewhere last, and when."""

    settings: JekyllExport
    catalogue: Catalogue
    built: int
    at: datetime

    def holds(self, now: Exported) -> bool:
        """Tell whether a copy made now would be the same, or may wait."""
        same = self.settings == now.settings and self.catalogue is now.catalogue and self.built == now.built
        return now.at - self.at < (EXPORT_AGAIN if same else EXPORT_PAUSE)


class App:
    """A hub with its store, workers and folder. Use as a context manager: leaving it stops it."""

    def __init__(self, loaded: Config, *, polling: bool = False) -> None:
        """Open a hub; `polling` with the processes that the configuration asks for, else without."""
        self.config = loaded
        self.clock = utc_now
        # Before workers are forked: what is looked through for cycles is not shared any more.
        collect_seldom()
        with ExitStack() as undo:
            # First: what is forked should have nothing open.
            self._dispatcher = self._make_dispatcher(polling=polling)
            undo.callback(self._dispatcher.close)
            self.store: Store = open_store(loaded.storage)
            undo.callback(self.store.close)
            self.hub = Hub(
                self.store,
                self._dispatcher,
                PublicFolder(loaded.data / "public"),
                PublicFolder(loaded.data / "private", private=True),
                utc_now,
                __version__,
            )
            self.hub.apply(loaded.catalogue)
            undo.pop_all()
        self.mistakes = 0
        self._built = 0
        self._exported: Exported | None = None
        collect_seldom()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hub.stop(timedelta(seconds=SECONDS_TO_STOP))
        self.store.close()

    def reload(self, path: Path, environ: Mapping[str, str]) -> bool:
        """Read the configuration again and put it in force; a wrong one changes nothing and is logged."""
        try:
            loaded = config.load(path, environ)
            if self.config.catalogue.feeds and not path.read_bytes().strip():
                # Left by a full disk or a slip: nobody means to publish nothing any more in this way.
                raise ConfigError([Problem(str(path), 0, 0, "", "the file is empty")])
        except ConfigError as error:
            for problem in error.problems:
                log.error("configuration not taken over", problem=str(problem))
            self.mistakes = len(error.problems)
            return False
        self.mistakes = 0
        for warning in loaded.warnings:
            if warning not in self.config.warnings:
                log.warning("configuration doubtful", problem=str(warning))
        for key in ("storage", "data", "host", "port", "workers", "processes"):
            if getattr(loaded, key) != getattr(self.config, key):
                log.warning("takes effect after a restart", key=key)
        # First, so that no poll goes by the old rules once the new ones are in force.
        self._dispatcher.renew(recipe(loaded))
        self.hub.apply(loaded.catalogue)
        self.config = loaded
        log.info("configuration taken over", feeds=len(loaded.catalogue.feeds))
        return True

    def publish(self) -> None:
        """Build and publish what has changed."""
        self._built += self.hub.publish()

    def export(self) -> None:
        """Bring copies elsewhere in line with what is published, if that has changed or some have aged."""
        settings = self.config.jekyll
        if settings is None or self.store.under_way(self.clock()):
            return
        now = Exported(settings, self.hub.catalogue, self._built, self.clock())
        if self._exported and self._exported.holds(now):
            return
        # Before the work: a folder that cannot be written to is tried again when there is news.
        self._exported = now
        from feedhub.exporters import Jekyll  # with the templates 0.1 s, for who exports

        done = Jekyll(settings, self.published()).export()
        if done.written or done.removed:
            log.info("exported", to=settings.folder, written=done.written, removed=done.removed)

    def published(self) -> Published:
        """Return what is published, for exporters."""
        from feedhub.exporters import Published

        hub = self.hub
        return Published(self.store, hub.catalogue, hub, self.clock, hub.subscriptions(), __version__)

    def _make_dispatcher(self, *, polling: bool) -> Threads | Processes:
        workers, processes = self.config.workers, self.config.processes if polling else 0
        if processes is None:
            cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
            many = len(self.config.catalogue.feeds) >= MANY_FEEDS and cores > 1
            processes = min(cores, PROCESSES_AT_MOST) if many else 0
        if processes:
            return Processes(recipe(self.config), processes, max(1, workers // processes))
        return Threads(recipe(self.config), workers)

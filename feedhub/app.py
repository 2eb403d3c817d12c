"""The composition root: from a configuration to a hub with its parts, and back down in order."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from feedhub import __version__, config
from feedhub.config import Config
from feedhub.dispatch import Threads
from feedhub.errors import ConfigError
from feedhub.fetcher import Fetcher, default_user_agent
from feedhub.folder import PublicFolder
from feedhub.hub import Hub
from feedhub.model import Claim, Feed, PollResult
from feedhub.poller import Poller
from feedhub.ports import Store
from feedhub.store import open_store

SECONDS_TO_STOP = 8
"""What is left of the ten seconds that service managers and people grant, for committing and closing."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("feedhub.app")


def utc_now() -> datetime:
    """Return the wall clock, aware."""
    return datetime.now(UTC)


class App:
    """A hub with its store, workers, fetcher and folder. Use as a context manager: leaving it stops it."""

    def __init__(self, loaded: Config, clock: Callable[[], datetime] = utc_now) -> None:
        self.config = loaded
        self.clock = clock
        self.store: Store = open_store(loaded.storage)
        self._fetcher = Fetcher(default_user_agent(__version__, loaded.catalogue.site.url))
        self._poller = self._make_poller()
        self.hub = Hub(
            self.store,
            Threads(self._poll, loaded.workers),
            PublicFolder(loaded.data / "public"),
            clock,
            __version__,
        )
        self.hub.apply(loaded.catalogue)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hub.stop(timedelta(seconds=SECONDS_TO_STOP))
        self._fetcher.close()
        self.store.close()

    def reload(self, path: Path, environ: Mapping[str, str]) -> bool:
        """Read the configuration again and put it in force; a wrong one changes nothing and is logged."""
        try:
            loaded = config.load(path, environ)
        except ConfigError as error:
            for problem in error.problems:
                log.error("configuration not taken over", problem=str(problem))
            return False
        for key in ("storage", "data", "host", "port", "workers"):
            if getattr(loaded, key) != getattr(self.config, key):
                log.warning("takes effect after a restart", key=key)
        self.config = loaded
        self._poller = self._make_poller()
        self.hub.apply(loaded.catalogue)
        log.info("configuration taken over", feeds=len(loaded.catalogue.feeds))
        return True

    def _poll(self, feed: Feed, claim: Claim) -> PollResult:
        return self._poller.poll(feed, claim)

    def _make_poller(self) -> Poller:
        return Poller(
            fetcher=self._fetcher,
            rules=self.config.catalogue.rules,
            clock=self.clock,
            jitter=random.random,
            own_url=self.config.catalogue.site.url,
        )

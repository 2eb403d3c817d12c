"""A hub in this process, over publishers that are a table of documents: no socket, no daemon, one clock."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from feedhub import config
from feedhub.dispatch import Inline
from feedhub.folder import PublicFolder
from feedhub.hub import Hub
from feedhub.model import Fetched, FetchFailure, FetchOutcome, FetchRequest
from feedhub.poller import Poller
from feedhub.store import open_store
from tests.fresh import put_empty
from tests.times import NOW


@dataclass(frozen=True)
class Shelf:
    """A fetcher that takes documents from a table; `locked` addresses want a user and a password."""

    documents: Mapping[str, tuple[str, bytes]]
    locked: Mapping[str, str]

    def fetch(self, request: FetchRequest, now: datetime) -> FetchOutcome:
        options = request.options
        given = base64.b64encode(f"{options.username}:{options.password}".encode()).decode()
        if request.url in self.locked and given != self.locked[request.url]:
            return FetchFailure(request.url, "denied", "it wants a password", 401)
        if request.url not in self.documents:
            return FetchFailure(request.url, "not-found", "there is no such page", 404)
        content_type, body = self.documents[request.url]
        return Fetched(request.url, 200, {"content-type": content_type}, body)

    def close(self) -> None:
        """Nothing is open."""


def published(
    file: Path, shelf: Shelf, environ: Mapping[str, str] | None = None, *, then: timedelta = timedelta(0)
) -> dict[str, list[dict[str, Any]]]:
    """Poll the feeds of a configuration once and return the items of every output, by its path, as they are
    after a while.

    A feed that cannot be read, or a warning about the configuration, is an error.
    """
    now = NOW
    loaded = config.load(file, environ or {})
    assert [str(warning) for warning in loaded.warnings] == []
    catalogue = replace(loaded.catalogue, spacing=timedelta(0))
    loaded.data.mkdir(parents=True)
    put_empty(loaded.data / "feedhub.sqlite")
    poller = Poller(shelf, catalogue.rules, lambda: now, lambda: 0.0, catalogue.site.url, catalogue.terms)
    folders = PublicFolder(loaded.data / "public"), PublicFolder(loaded.data / "private")
    with closing(open_store(loaded.storage)) as store:
        hub = Hub(store, Inline(poller.poll), *folders, lambda: now, "0")
        hub.apply(catalogue)
        for polled in hub.poll_due(ignore_schedule=True):
            assert polled.result.outcome == "updated", polled.result
        hub.build_dirty()
        now += then
        hub.build_dirty()
        documents = [store.document(path) for path, _ in store.documents() if path.endswith(".json")]
    return {
        document.path.removesuffix(".json"): json.loads(document.body)["items"]
        for document in documents
        if document
    }

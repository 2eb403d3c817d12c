"""What exporters take up: everything that is published, as of one moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from feedhub.model import Catalogue, Document
from feedhub.pages import Shelf
from feedhub.pages.shelf import Selecting
from feedhub.ports import Store


@dataclass(frozen=True, slots=True)
class Published:
    """What is published, and by which version of FeedHub; beside the feeds lie `lists` of subscriptions."""

    store: Store
    catalogue: Catalogue
    selecting: Selecting
    clock: Callable[[], datetime]
    lists: tuple[Document, ...]
    version: str

    def shelf(self) -> Shelf:
        """Return what pages show of it."""
        return Shelf(self.store, self.catalogue, self.selecting, self.clock)

"""A hub that publishes what tests have it say, at instants that they choose."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from lxml import etree

from feedhub.model import Catalogue, Entry
from feedhub.ports import Store
from tests.fresh import fresh_store
from tests.readers import json_feed_mistakes, xmllint
from tests.sample_hub import make_hub, poll
from tests.times import NOW

FH = "{http://purl.org/syndication/history/1.0}"
ATOM = "{http://www.w3.org/2005/Atom}"


class OutputsWorld:
    """A store, a hub over it and a clock that is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.store: Store = fresh_store(folder / "hub.sqlite")
        self.public = folder / "public"
        self.now = NOW
        self.hub = make_hub(self.store, folder, clock=lambda: self.now)

    def apply(self, catalogue: Catalogue) -> None:
        """Put a catalogue in force and publish."""
        self.hub.apply(catalogue)
        self.hub.publish()

    def say(self, *entries: Entry, at: datetime | None = None) -> None:
        """Have feeds bring entries, and publish."""
        self.now = at or self.now
        seen = (replace(entry, first_seen_at=self.now) for entry in entries)
        poll(self.store, *seen, now=self.now)
        self.hub.publish()

    def wait(self, until: datetime) -> int:
        """Let time pass and publish; return how many outputs were built."""
        self.now = until
        return self.hub.publish()

    def files(self) -> dict[str, bytes]:
        """Return the published documents, each checked by the letter of its format."""
        found = {}
        for file in sorted(self.public.rglob("*")):
            name, body = str(file.relative_to(self.public)), file.read_bytes() if file.is_file() else b""
            if file.suffix in (".atom", ".rss"):
                assert xmllint(body) == (0, b""), name
            elif file.suffix == ".json":
                assert list(json_feed_mistakes(json.loads(body))) == [], name
            else:
                continue
            found[name] = body
        return found

    def feed(self, path: str) -> dict[str, Any]:
        """Return an output's JSON Feed, or a page of its archive."""
        found: dict[str, Any] = json.loads((self.public / f"{path}.json").read_bytes())
        return found


def links(body: bytes) -> dict[str, str]:
    """Return the links of a document's archive by their relation; `archive` if it is a page of one."""
    root = etree.fromstring(body)
    head = root if root.tag == ATOM + "feed" else root[0]
    found = {
        link.get("rel", ""): link.get("href", "")
        for link in head.iterfind(ATOM + "link")
        if link.get("rel") in ("current", "prev-archive", "next-archive")
    }
    return found | ({"archive": ""} if head.find(FH + "archive") is not None else {})

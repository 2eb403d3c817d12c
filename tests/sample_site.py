"""A small site held in memory: what the web room reads of a store, and a catalogue to go with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Thread
from typing import Any, cast

from starlette.types import ASGIApp

from feedhub import generator
from feedhub.errors import StoreError
from feedhub.model import (
    AllOf,
    Catalogue,
    Document,
    Feed,
    FeedState,
    FeedStatus,
    Found,
    HealthChange,
    Listed,
    Match,
    Output,
    Pattern,
    Story,
)
from feedhub.normalize.html import Sanitiser
from feedhub.pages import HubState
from feedhub.ports import Store
from feedhub.web import create_app, server
from tests.sample_stories import CREATED_AT, SITE, full_story, make_source, make_story

NOW = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
HOSTILE = '<script>alert(1)</script> \u202e"gnp.exe" <svg onload=alert(2)>'

OUTPUTS = {
    output.path: output
    for output in (
        Output("all", "Everything", "all", AllOf(())),
        Output("tag/python", "Python", "tag", Match("tag", (Pattern("exact", "python"),), "python")),
        Output("category/programming", "Programming", "category", AllOf(()), formats=("atom",)),
        Output(
            "picked",
            "Picked <b>by hand</b>",
            "named",
            AllOf(()),
            description="A & B",
            max_age=timedelta(days=9),
        ),
        Output("secret", "Secret salaries", "named", AllOf(()), private=True),
    )
}
FEEDS = {
    feed.id: feed
    for feed in (
        Feed("one", "https://one.example/feed.xml", "programming"),
        Feed("two", "https://two.example/feed.xml?key=hunter2", "programming"),
        Feed("hidden", "https://hidden.example/feed.xml", "programming", private=True),
    )
}


class MemoryStore:
    """The part of a store that is read by pages. `broken` makes it refuse."""

    def __init__(self) -> None:
        self.lists: dict[str, list[Story]] = {path: list(reversed(STORIES)) for path in OUTPUTS}
        self.published: dict[str, Document] = {}
        self.asked: list[str] = []
        self.broken = False
        for output in OUTPUTS.values():
            self.publish(output)

    def publish(self, output: Output) -> None:
        """Render an output as it is now."""
        for document in generator.render(output, self.lists[output.path], SITE, CREATED_AT, "1.0"):
            self.published[document.path] = document

    def stories(
        self,
        output: str,
        *,
        limit: int,
        skip: int = 0,
        since: datetime | None = None,
        until: datetime | None = None,
        **_: Any,
    ) -> list[Story]:
        self.asked.append(output)
        return [
            story
            for story in self.lists[output]
            if (since is None or story.ordered_at >= since) and (until is None or story.ordered_at <= until)
        ][skip : skip + limit]

    def nearest(
        self, output: str, *, before: datetime | None = None, after: datetime | None = None
    ) -> datetime | None:
        instants = sorted(story.ordered_at for story in self.lists[output])
        if before is not None:
            return next((at for at in reversed(instants) if at < before), None)
        return next((at for at in instants if after is not None and at > after), None)

    def story(self, id: str) -> Listed | None:
        listed = {path: story for path, stories in self.lists.items() for story in stories if story.id == id}
        return Listed(next(iter(listed.values())), tuple(listed)) if listed else None

    def search(
        self, text: str, outputs: Collection[str], *, best_first: bool = False, skip: int = 0, limit: int
    ) -> Found:
        stories = {one.id: one for path in outputs for one in self.lists[path] if text in one.entry.title}
        found = [Listed(story, tuple(outputs)) for story in stories.values()]
        return Found(tuple(found[skip : skip + limit]), len(found))

    def versions(self) -> dict[str, str]:
        return {path: repr([story.id for story in stories]) for path, stories in self.lists.items()}

    def document(self, path: str) -> Document | None:
        if self.broken:
            raise StoreError("database is locked")
        return self.published.get(path)

    def documents(self) -> list[tuple[str, str]]:
        return [(document.path, document.etag) for document in self.published.values()]

    def changes(self, *, limit: int) -> list[HealthChange]:
        return CHANGES[:limit]

    def statuses(self) -> list[FeedStatus]:
        return STATUSES


def make_status(feed_id: str = "one", *, state: dict[str, Any] | None = None, **changes: Any) -> FeedStatus:
    """Return the status of a feed that is well."""
    known = FeedState(
        feed_id=feed_id,
        url=FEEDS[feed_id].url,
        **{"last_polled_at": NOW - timedelta(minutes=5), "last_success_at": NOW - timedelta(minutes=5)}
        | (state or {}),
    )
    values: dict[str, Any] = {
        "feed_id": feed_id,
        "url": FEEDS[feed_id].url,
        "category": "programming",
        "title": f"Feed {feed_id}",
        "state": known,
        "next_poll_at": NOW + timedelta(minutes=25),
        "entries": 12,
        "stories": 10,
        "health": "up",
        "throttled_until": None,
        "last_outcome": "updated",
        "last_status": 200,
        "reason": "",
        "error": "",
        "warnings": (),
    }
    return FeedStatus(**values | changes)


@cache
def sample_store() -> MemoryStore:
    """Return a store that is only read: its documents take a while to make."""
    return MemoryStore()


class Choice:
    """What outputs show: their newest stories, neither ranked nor changed."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def select(self, output: Output, now: datetime | None = None, *, limit: int | None = None) -> list[Story]:
        since = (now or NOW) - output.max_age if output.max_age else None
        most = output.limit if limit is None else min(limit, output.limit)
        return self._store.stories(output.path, limit=most, since=since)

    def shown(self, output: Output, stories: Sequence[Story]) -> list[Story]:
        return list(stories)


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an application on loopback; gives its address, without a slash at the end."""
    web = server(app, "127.0.0.1", 0)
    thread = Thread(target=web.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{web.port}"
    finally:
        web.stop()
        thread.join(10)


def make_app(
    store: MemoryStore,
    health: HubState | None = None,
    catalogue: Callable[[], Catalogue] | None = None,
    **site: Any,
) -> ASGIApp:
    """Return the application over a store in memory."""
    usual = Catalogue(site=replace(SITE, **site), feeds=FEEDS, categories={}, outputs=OUTPUTS)
    return create_app(
        cast(Store, store),
        catalogue or (lambda: usual),
        Choice(store),
        version="1.0",
        health=lambda: health or HubState(3, 5, NOW - timedelta(days=1)),
        clock=lambda: NOW,
    )


_ELSEWHERE = "https://elsewhere.example"
HOSTILE_BODY = f"""
<script>window.ran = 1</script><style>body {{ display: none }} h1 {{ position: fixed }}</style>
<svg onload="window.ran = 2"><animate onbegin="window.ran = 3"/></svg>
<iframe src="javascript:window.ran = 4"></iframe>
<h1 style="position: fixed; top: 0" onclick="window.ran = 5">A heading of its own</h1>
<p>Loose</p><li>an item</li><ul><p>not an item</p></ul><dl><p>not a term</p></dl>
<img src="{_ELSEWHERE}/pixel.png" onerror="window.ran = 6" alt="A picture">
<a href="javascript:window.ran = 7">a link</a> <a href="{_ELSEWHERE}/"><img src="{_ELSEWHERE}/a.png"></a>
<video src="{_ELSEWHERE}/v.mp4" autoplay></video><form action="{_ELSEWHERE}/"><input name="q"></form>
<table><tr>{"<td>a cell of a wide table</td>" * 40}</tr></table>
<pre>{"a_very_long_line_of_code" * 20}</pre><p>{"unbroken" * 100}</p>
<p>\u202eturned \u2066and nested</p><p dir="rtl" lang="ar">مرحبا بالعالم</p>
</div></article></main><h1>Outside</h1>
"""
CONTENT_STORY = make_story(
    12,
    entry={
        "title": "A story \u202eof </h1><b>markup</b>",
        "content": Sanitiser().clean(HOSTILE_BODY, "html", "https://one.example/posts/12"),
    },
    sources=(make_source("one", 12), make_source("two", 12, feed_title="Feed \u202etwo")),
)
STORIES = [
    make_story(3, private=True, entry={"title": "A private matter"}),
    full_story(5),
    make_story(
        7,
        entry={"title": HOSTILE, "link": "javascript:alert(3)", "summary": "<p>One</p><p>two</p>"},
        sources=(make_source("one", 7), make_source("hidden", 7, feed_title="Hidden feed")),
    ),
    CONTENT_STORY,
    make_story(20, entry={"title": "x" * 1_000_000, "content": "y" * 1_000_000}),
    make_story(
        27, entry={"title": "央行宣布下调存款准备金率", "language": "zh-CN", "summary": "<p>新华社电。</p>"}
    ),
]
STATUSES = [
    make_status(),
    make_status(
        "two",
        state={"failures": 4, "last_success_at": NOW - timedelta(days=2)},
        last_outcome="failed",
        last_status=500,
        reason="http",
        error="https://me:hunter2@two.example/feed.xml?key=hunter2 said <b>oops</b>",
        warnings=("The encoding was wrong: read as GB18030.",),
    ),
    make_status("hidden", title="Hidden feed"),
]
CHANGES = [
    HealthChange(number, name, title, FEEDS[name].url, NOW - timedelta(hours=age), state, before, *why)
    for number, name, title, age, state, before, *why in (
        (4, "hidden", "Hidden feed", 0, "gone", "up", "gone", 410, ""),
        (3, "one", "Feed one", 1, "recovered", "down", "", None, ""),
        (
            2,
            "two",
            "Feed <two> & more",
            2,
            "down",
            "up",
            "http",
            500,
            "https://me:hunter2@two.example/ <b>",
        ),
        (1, "one", "Feed one", 60, "silent", "up", "", None, ""),
    )
]

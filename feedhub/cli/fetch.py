"""`feedhub fetch`: one request as the fetcher sees it, and what the parser makes of it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feedhub.cli.context import Options

if TYPE_CHECKING:
    from datetime import datetime

    from feedhub.model import Catalogue, Entry, Feed, FetchOutcome, FetchRequest, PollResult
    from feedhub.ports import Fetcher


def fetch(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="URL|FEED", help="An address, or a feed's id.")],
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="A private address or network, with :PORT if wanted."),
    ] = None,
    store: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Remember the feed in DIR between calls.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
) -> None:
    """Show one request: redirects, validators, timing, charset, format found, entries.

    A feed's id takes the feed's own settings from the configuration. Nothing of the hub's data is touched.
    Exit code 1 if there is no feed.
    """
    options: Options = context.obj
    options.start_log()
    feed, user_agent = subject(options, target, allow or [])
    with tempfile.TemporaryDirectory() as folder:
        report = look(feed, user_agent, store or Path(folder))
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        show(report)
    if report["outcome"] == "error":
        raise typer.Exit(1)


def subject(options: Options, target: str, allow: list[str]) -> tuple[Feed, str]:
    """Return the feed to ask for and the User-Agent to ask with."""
    from feedhub import __version__
    from feedhub.errors import UsageError
    from feedhub.fetcher import default_user_agent
    from feedhub.model import Feed, Site

    if "://" in target:
        feed, site = Feed(id="fetched", url=target, category="fetched"), Site()
    else:
        catalogue = options.load().catalogue
        if target not in catalogue.feeds:
            raise UsageError(f"{target!r} is no address and no feed's id; 'feedhub status' lists the ids")
        feed, site = catalogue.feeds[target], catalogue.site
    allowed = replace(feed.fetch, allow_private=(*feed.fetch.allow_private, *allow))
    return replace(feed, fetch=allowed), default_user_agent(__version__, site.url)


def look(feed: Feed, user_agent: str, folder: Path) -> dict[str, object]:
    """Poll the one feed with a store in `folder` and report what was seen, and what is kept."""
    from feedhub import __version__
    from feedhub.app import utc_now
    from feedhub.dispatch import Inline
    from feedhub.fetcher import Fetcher
    from feedhub.folder import PublicFolder
    from feedhub.hub import Hub
    from feedhub.poller import Poller
    from feedhub.store import open_store

    recorder = Recorder(Fetcher(user_agent))
    poller = Poller(recorder, (), utc_now, jitter=lambda: 0.0, own_url="")
    opened = open_store(f"sqlite:///{folder.resolve() / 'fetched.sqlite'}")
    try:
        hub = Hub(opened, Inline(poller.poll), PublicFolder(folder / "public"), utc_now, __version__)
        catalogue = only(feed)
        hub.apply(catalogue)
        polled = next(hub.poll_due(ignore_schedule=True), None)
        stories = opened.stories("all", limit=catalogue.outputs["all"].limit)
        (status,) = opened.statuses()
    finally:
        opened.close()
        recorder.close()
    if polled is None:
        return {"outcome": "error", "entries": 0, "stored": status.entries, **HELD_BACK}
    return {
        **answer(recorder.outcome),
        **verdict(polled.result),
        "stored": status.entries,
        **shown(story.entry for story in stories),
    }


HELD_BACK = {"reason": "throttled", "error": "not asked: the server's Retry-After has not passed yet"}


class Recorder:
    """A fetcher that remembers the last answer."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self.outcome: FetchOutcome | None = None

    def fetch(self, request: FetchRequest, now: datetime) -> FetchOutcome:
        """Fetch, and remember."""
        self.outcome = self._fetcher.fetch(request, now)
        return self.outcome

    def close(self) -> None:
        """Close the fetcher."""
        self._fetcher.close()


def only(feed: Feed) -> Catalogue:
    """Return a catalogue of this one feed, everything of it published under `all`."""
    from feedhub.model import AllOf, Catalogue, Category, Output, Site

    limit = feed.fetch.limits.max_entries
    everything = Output(
        path="all", title="All", kind="all", where=AllOf(()), formats=(), limit=limit, private=True
    )
    return Catalogue(
        site=Site(),
        feeds={feed.id: replace(feed, initial_items=limit)},
        categories={feed.category: Category(feed.category, feed.category, feed.category)},
        outputs={"all": everything},
    )


def answer(outcome: FetchOutcome | None) -> dict[str, object]:
    """Return what the server answered."""
    if outcome is None:
        return {}
    headers = outcome.headers
    return {
        "url": outcome.url,
        "hops": [[hop.status, hop.url, hop.location] for hop in outcome.hops],
        "elapsed_s": round(outcome.elapsed_s, 3),
        "content_type": headers.get("content-type", ""),
        "etag": headers.get("etag", ""),
        "last_modified": headers.get("last-modified", ""),
    }


def verdict(result: PollResult) -> dict[str, object]:
    """Return how the poll ended."""
    unchanged = "not_modified" if result.status == 304 else "ok"
    return {
        "outcome": {"updated": "ok", "unchanged": unchanged, "failed": "error"}[result.outcome],
        "status": result.status,
        "reason": result.reason,
        "error": result.error,
        "entries": result.listed,
        "bytes": result.size,
        "format": result.state.head.format,
        "title": result.state.head.title,
        "warnings": list(result.warnings),
        "next_poll_at": result.next_poll_at.isoformat(timespec="seconds"),
    }


def shown(entries: Iterable[Entry]) -> dict[str, object]:
    """Return all that would be published of some entries: as text, as HTML, as addresses."""
    lines, html, urls = [], [], []
    for entry in entries:
        html += [part for part in (entry.content, entry.summary) if part]
        addresses = (entry.link, entry.image, entry.comments, *(one.url for one in entry.enclosures))
        urls += [address for address in addresses if address]
        people = (f"{person.name} {person.email} {person.uri}".strip() for person in entry.authors)
        lines.append(
            "\n".join((entry.title, entry.guid, *people, *entry.categories, entry.content, entry.summary))
        )
    return {"text": "\n\n".join((*lines, *urls)), "html": html, "urls": urls}


def show(report: dict[str, object]) -> None:
    """Print a report for a person, feed text as plain text."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    hops = report.get("hops")
    for status, url, location in hops if isinstance(hops, list) else ():
        console.print(f"[dim]{status}[/] {escape(url)} → {escape(location)}")
    for name in (
        "url", "status", "elapsed_s", "bytes", "content_type", "etag", "last_modified",
        "format", "title", "entries", "reason", "error", "next_poll_at",
    ):  # fmt: skip
        if (value := report.get(name)) not in (None, "", 0):
            console.print(f"[bold]{name.replace('_', ' '):>14}[/]  {escape(str(value))}")
    warnings = report.get("warnings")
    for warning in warnings if isinstance(warnings, list) else ():
        console.print(f"[yellow]{'warning':>14}[/]  {escape(warning)}")

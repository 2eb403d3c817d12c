"""`feedhub fetch`: one request as the fetcher sees it, and what the parser makes of it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feedhub.cli.completion import feed_ids
from feedhub.cli.console import console
from feedhub.cli.context import Options

if TYPE_CHECKING:
    from feedhub.model import (
        Catalogue,
        Entry,
        Feed,
        FeedStatus,
        FetchOutcome,
        FetchRequest,
        PollResult,
        Site,
    )
    from feedhub.ports import Fetcher


def fetch(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(metavar="URL|FEED", autocompletion=feed_ids, help="An address, or a feed's id.")
    ],
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

    A feed's id, or its address, takes the feed's own settings from the configuration. Nothing of the hub's
    data is touched. Exit code 1 if there is no feed.
    """
    options: Options = context.obj
    feed, user_agent = subject(options, target, allow or [])
    # What goes wrong is in the report.
    options.start_log(calm=True)
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
    from feedhub.config import closest
    from feedhub.errors import UsageError
    from feedhub.fetcher import default_user_agent
    from feedhub.model import Feed, Site

    if "://" in target:
        known = configured(options, target)
        feed, site = known or (Feed(id="fetched", url=target, category="fetched"), Site())
    else:
        catalogue = options.load().catalogue
        if target not in catalogue.feeds:
            near = closest(target, catalogue.feeds)
            address = "" if near or "." not in target else f"; as an address it is https://{target}"
            raise UsageError(f"no feed has the id {target!r}{near}{address}; 'feedhub status' lists the ids")
        feed, site = catalogue.feeds[target], catalogue.site
    allowed = replace(feed.fetch, allow_private=(*feed.fetch.allow_private, *allow))
    return replace(feed, fetch=allowed), default_user_agent(__version__, site.url)


def configured(options: Options, url: str) -> tuple[Feed, Site] | None:
    """Return the feed that the configuration has at an address, and its hub; None without a configuration.

    One that is not listed is asked for where the configuration allows, with no credentials. An address may
    be asked for without a configuration, or beside one with mistakes.
    """
    from feedhub import config
    from feedhub.errors import ConfigError
    from feedhub.model import Feed, FetchOptions

    try:
        loaded = options.load()
    except ConfigError as error:
        if error.problems[0].line:
            typer.echo(
                "warning: the configuration has mistakes and is not used: see 'feedhub check'", err=True
            )
        return None
    try:
        key = config.feed_key(url)
    except ValueError:
        return None
    catalogue = loaded.catalogue
    found = (feed for feed in catalogue.feeds.values() if config.feed_key(feed.url) == key)
    allowed = FetchOptions(allow_private=loaded.requests[""].allow_private)
    unlisted = Feed(id="fetched", url=url, category="fetched", fetch=allowed)
    return next(found, unlisted), catalogue.site


def look(feed: Feed, user_agent: str, folder: Path) -> dict[str, Any]:
    """Poll the one feed with a store in `folder` and report what was seen, and what is kept."""
    from feedhub import __version__
    from feedhub.dispatch import Inline
    from feedhub.fetcher import Fetcher
    from feedhub.folder import PublicFolder
    from feedhub.hub import Hub
    from feedhub.poller import Poller
    from feedhub.store import open_store

    def utc_now() -> datetime:
        return datetime.now(UTC)

    recorder = Recorder(Fetcher(user_agent))
    poller = Poller(recorder, (), utc_now, jitter=lambda: 0.0, own_url="")
    opened = open_store(f"sqlite:///{folder.resolve() / 'fetched.sqlite'}")
    try:
        hub = Hub(
            opened,
            Inline(poller.poll),
            PublicFolder(folder / "public"),
            PublicFolder(folder / "private"),
            utc_now,
            __version__,
        )
        catalogue = only(feed)
        hub.apply(catalogue)
        polled = next(hub.poll_due(ignore_schedule=True), None)
        entries = [story.entry for story in opened.stories("all", limit=catalogue.outputs["all"].limit)]
        (status,) = opened.statuses()
    finally:
        opened.close()
        recorder.close()
    if polled is None:
        return not_asked(status)
    return {
        **asked(recorder.request),
        **answer(recorder.outcome),
        **verdict(polled.result),
        "entries": status.entries if polled.result.outcome != "failed" else 0,
        "stored": status.entries,
        **shown(entries),
        "newest": [[stamp(entry), entry.title] for entry in entries[:NEWEST]],
    }


NEWEST = 5


def not_asked(status: FeedStatus) -> dict[str, Any]:
    """Return the report on a feed that must be left alone."""
    gone = status.state.gone
    return {
        "outcome": "error",
        "reason": "gone" if gone else "throttled",
        "error": "not asked: the server said before that the feed has ended (HTTP 410)"
        if gone
        else "not asked: the server's Retry-After has not passed yet",
        "entries": 0,
        "stored": status.entries,
        **shown(()),
    }


class Recorder:
    """A fetcher that remembers the first request, which is the feed's own, and its answer."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self.request: FetchRequest | None = None
        self.outcome: FetchOutcome | None = None

    def fetch(self, request: FetchRequest, now: datetime) -> FetchOutcome:
        """Fetch, and remember."""
        outcome = self._fetcher.fetch(request, now)
        if self.request is None:
            self.request, self.outcome = request, outcome
        return outcome

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
        # Without a domain: one request by hand keeps no pace.
        feeds={feed.id: replace(feed, initial_items=limit, domain="")},
        categories={feed.category: Category(feed.category, feed.category, feed.category)},
        outputs={"all": everything},
    )


def asked(request: FetchRequest | None) -> dict[str, object]:
    """Return the validators that the server was asked with."""
    if request is None:
        return {}
    return {"if_none_match": request.etag, "if_modified_since": request.last_modified}


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
        "listed": result.listed,
        "bytes": result.size,
        "format": result.state.head.format,
        "encoding": result.state.head.encoding,
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


def stamp(entry: Entry) -> str:
    """Return an entry's date, empty if it has none."""
    return f"{entry.published_at:%Y-%m-%d %H:%M}" if entry.published_at else ""


def show(report: dict[str, Any]) -> None:
    """Print a report for a person, what comes from the feed as plain text."""
    from rich.table import Table
    from rich.text import Text

    out = console(highlight=False, soft_wrap=True)
    good = report["outcome"] != "error"
    headline = HEADLINES[report["outcome"]] if good else report["reason"]
    if report["outcome"] == "ok" and report["format"] in ("json", "html"):
        headline = "a list of entries"
    out.print(Text(f"{'✓' if good else '✗'} {headline}", style="bold green" if good else "bold red"))
    if report["error"]:
        out.print(Text(report["error"]))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts(report):
        table.add_row(name, Text(value))
    for warning in report.get("warnings", ()):
        table.add_row(Text("warning", style="yellow"), Text(warning))
    out.print(table)
    for when, title in report.get("newest", ()):
        out.print(Text.assemble((f"  {when:16}  ", "dim"), title))


HEADLINES = {"ok": "a feed", "not_modified": "not modified since it was last asked for"}


def facts(report: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Return what a report says, as names and values, the empty left out."""
    for status, url, location in report.get("hops", ()):
        yield f"{status}", f"{url} → {location}"
    if report.get("url"):
        status = report.get("status")
        yield f"{status or 'asked'}", f"{report['url']}  in {report['elapsed_s']} s"
    sent = " ".join(filter(None, (report.get("if_none_match"), report.get("if_modified_since"))))
    size = report.get("bytes")
    kept = f"{report.get('listed')} listed, {report['stored']} kept" if report.get("listed") else ""
    told = " ".join(filter(None, (report.get("etag"), report.get("last_modified"))))
    lines = (
        ("title", report.get("title")),
        ("format", " ".join(filter(None, (report.get("format"), report.get("encoding"))))),
        ("content type", report.get("content_type")),
        ("size", f"{size:,} bytes" if size else ""),
        ("entries", kept),
        ("asked with", sent),
        ("validators", told),
        ("next poll", report.get("next_poll_at")),
    )
    for name, value in lines:
        if value:
            yield name, value

"""`feedhub add` and `feedhub remove`: subscriptions put into the YAML and taken out, all else in it kept."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from feedhub.cli.completion import category_names, feed_ids
from feedhub.cli.context import Options
from feedhub.cli.wording import counted

if TYPE_CHECKING:
    from pathlib import Path

    from feedhub.cli.seek import Ask, Found
    from feedhub.config import Config
    from feedhub.parser import Link


def add(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="URL", help="A feed, or a page that has one.")],
    category: Annotated[
        str,
        typer.Option(
            "--category",
            metavar="NAME",
            autocompletion=category_names,
            help="Its category; a new one is made.",
        ),
    ] = "",
    tags: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TAG", help="A tag of its entries; may be repeated.")
    ] = None,
    name: Annotated[str, typer.Option("--id", metavar="ID", help="Its id, else made from the address.")] = "",
    title: Annotated[str, typer.Option("--title", help="Shown instead of the feed's own title.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Take the first of several feeds, and ask nothing.")
    ] = False,
    unread: Annotated[
        bool, typer.Option("--unread", help="Add the address as it is, without a look at it.")
    ] = False,
) -> None:
    """Find a site's feed and add it to the YAML; comments, order and style of the file are kept.

    Exit code 1 if there is no feed, if there are several and nobody can be asked, or if it is listed already.
    """
    from feedhub import config
    from feedhub.cli.editing import alone, save
    from feedhub.errors import UsageError

    options: Options = context.obj
    main, loaded = options.path(), options.load()
    if category:
        category = config.joining([category], loaded.catalogue.categories)[category]
    try:
        address = config.parse_feed_url(address if "://" in address else f"https://{address}")
    except ValueError as error:
        raise UsageError(f"{address}: {error}") from error
    refuse_listed(main, address)
    found = None if unread else choose(main, address, asker(loaded, category), yes=yes)
    url = found.url if found else address
    feed = config.Subscription(url, category, name, title, tuple(tags or ()))
    with alone(main):
        refuse_listed(main, url)
        try:
            edit = config.add_feed(main, os.environ, feed)
        except config.CannotAddError as error:
            typer.echo(f"feedhub: {error}. Add it there yourself:\n", err=True)
            typer.echo(error.lines)
            raise typer.Exit(1) from error
        after = save(main, edit)
    for warning in set(after.warnings) - set(loaded.warnings):
        typer.echo(f"warning: {warning}", err=True)
    key = config.feed_key(url)
    added = next((one for one in after.catalogue.feeds.values() if config.feed_key(one.url) == key), None)
    named = f", category {added.category}, id {added.id}" if added else ""
    shown = title or (found.title if found else "") or key
    typer.echo(f"Added {shown} to {edit.file}:{edit.line}{named}.")
    if found:
        newest = f", the newest of {found.newest:%Y-%m-%d}" if found.newest else ""
        typer.echo(f"{key}: {found.format}, {counted(found.entries, 'entry', 'entries')}{newest}.", err=True)
    if "@" in url.partition("://")[2].partition("/")[0]:
        typer.echo(
            "warning: the password stands in clear in the file; better is auth: {username: me, password: "
            "'${VARIABLE}'}",
            err=True,
        )
    typer.echo("A daemon that runs takes it over by itself; without one: feedhub poll", err=True)


def remove(
    context: typer.Context,
    wanted: Annotated[
        str, typer.Argument(metavar="FEED|URL", autocompletion=feed_ids, help="A feed's id or address.")
    ],
) -> None:
    """Take a feed out of the YAML; comments, order and style of the file are kept.

    Exit code 1 if it is not listed, or cannot be taken out.
    """
    from feedhub import config
    from feedhub.cli.editing import alone, save
    from feedhub.errors import UsageError

    options: Options = context.obj
    main, loaded = options.path(), options.load()
    known = loaded.catalogue.feeds.get(wanted)
    wanted = known.url if known else wanted
    removed = 0
    with alone(main):
        while listing := config.find_listing(main, os.environ, wanted):
            try:
                edit = config.remove_feed(listing, os.environ)
            except config.EditError as error:
                raise UsageError(f"{listing.place()} is not changed: {error}") from error
            save(main, edit)
            typer.echo(
                f"Removed {config.feed_key(listing.url)} from {edit.file}, where it was in line {edit.line}."
            )
            removed += 1
    if not removed:
        raise UsageError(f"{wanted} is not listed; 'feedhub status' lists the feeds with their ids")
    kept = counted(loaded.catalogue.retention.days, "day")
    typer.echo(
        "What was published of it leaves the outputs when the daemon takes the file over, or with the next "
        f"'feedhub poll'. Its entries are kept for {kept}: added again, it brings nothing twice.",
        err=True,
    )


def refuse_listed(main: Path, url: str) -> None:
    """Raise UsageError if a feed is listed already, whatever its scheme and slash."""
    from feedhub import config
    from feedhub.errors import UsageError

    if listing := config.find_listing(main, os.environ, url):
        raise UsageError(f"{config.feed_key(listing.url)} is listed already, in {listing.place()}")


def asker(loaded: Config, category: str) -> Ask:
    """Return what asks for an address as a feed of a category is asked for, at the pace of its domain."""
    from datetime import UTC, datetime
    from urllib.parse import urlsplit

    from feedhub import __version__
    from feedhub.config.domain import registrable_domain
    from feedhub.fetcher import Fetcher, default_user_agent
    from feedhub.model import FetchOutcome, FetchRequest

    fetcher = Fetcher(default_user_agent(__version__, loaded.catalogue.site.url))
    options = loaded.requests.get(category, loaded.requests[""])
    asked: set[str] = set()

    def ask(url: str) -> FetchOutcome:
        domain = registrable_domain(urlsplit(url).hostname or "")
        if domain in asked:
            time.sleep(loaded.catalogue.spacing.total_seconds())
        asked.update({domain} - {""})
        return fetcher.fetch(FetchRequest(url, options=options), datetime.now(UTC))

    return ask


def choose(main: Path, address: str, ask: Ask, *, yes: bool) -> Found:
    """Return the feed to add, asking which where a page has several and somebody can be asked."""
    from feedhub.cli.seek import NoFeedError, read, seek
    from feedhub.errors import UsageError

    try:
        found = seek(address, ask)
        if not isinstance(found, tuple):
            return found
        return read(one_of(main, found, yes=yes), ask)
    except NoFeedError as error:
        raise UsageError(f"{error}\n'--unread' adds the address as it is") from error


def one_of(main: Path, links: tuple[Link, ...], *, yes: bool) -> str:
    """Return the address of the link to take."""
    from feedhub import config
    from feedhub.errors import UsageError

    if len(links) == 1 or yes:
        return links[0].url
    typer.echo("The page has several feeds:", err=True)
    fresh = []
    for number, link in enumerate(links, 1):
        title = "".join(char for char in link.title if char.isprintable())
        listed = bool(config.find_listing(main, os.environ, link.url))
        fresh += [] if listed else [number]
        mark = " (listed already)" if listed else ""
        typer.echo(f"  {number}  {link.url}  {title}".rstrip() + mark, err=True)
    if not fresh:
        raise UsageError("all of them are listed already")
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        typer.echo("Add one by its address, or the first with --yes.", err=True)
        raise typer.Exit(1)
    chosen = 0
    while not 1 <= chosen <= len(links):
        chosen = typer.prompt("Which", default=fresh[0], type=int, err=True)
    return links[chosen - 1].url

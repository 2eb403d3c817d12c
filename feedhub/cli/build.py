"""`feedhub build`: poll once and write the whole site as files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from feedhub.cli.context import Options
from feedhub.cli.poll import poll_once, publish


def build(
    context: typer.Context,
    site: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the site; made if it is not there.")],
    polling: Annotated[
        bool, typer.Option("--poll/--no-poll", help="Poll what is due first, or write what is stored.")
    ] = True,
    everything: Annotated[bool, typer.Option("--all", help="Poll feeds that are not due too.")] = False,
) -> None:
    """Poll once and write pages and feeds into a folder, for any host that serves files."""
    from feedhub import __version__, exporters
    from feedhub.errors import UsageError
    from feedhub.pages import Pages

    options: Options = context.obj
    loaded = options.load()
    if site.resolve().is_relative_to(loaded.data):
        raise UsageError(f"{site} lies in the data folder, which is FeedHub's own: choose another")
    if loaded.data.is_relative_to(site.resolve()):
        raise UsageError(
            f"the data folder, {loaded.data}, lies in {site}: whoever serves the site would serve the "
            "database and private feeds with it; choose another folder"
        )
    with options.open(loaded, polling=True) as app:
        pages = Pages(__version__, theme=loaded.data / "theme", live=False)
        exporters.Site(site, pages, app.published()).claim()
        read = True
        if polling:
            read = poll_once(app, everything=everything)
        else:
            publish(app)
        began = time.monotonic()
        url = app.hub.catalogue.site.url
        done = exporters.Site(site, pages, app.published()).build()
    typer.echo(
        f"{site}: {done.files} files, {done.written} written, {done.removed} removed "
        f"in {time.monotonic() - began:.1f} s."
    )
    if urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost"):
        typer.echo(
            f"Feeds and sitemap say {url}: set hub.url to the site's address.",
            err=True,
        )
    if not read:
        raise typer.Exit(1)

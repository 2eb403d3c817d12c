"""`feedhub opml import` and `export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from feedhub.cli.context import Options

app = typer.Typer(no_args_is_help=True, help="Take subscriptions over from another reader, and hand them on.")

LARGEST = 64 * 1024 * 1024


@app.command("import")
def take(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An OPML that another reader exported.")],
) -> None:
    """Write an OPML's feeds as YAML beside the configuration: folders become categories and tags."""
    from feedhub import config
    from feedhub.errors import UsageError

    options: Options = context.obj
    main = options.path()
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    target, found = config.import_opml(raw, file.name, main)
    for skipped in found.skipped:
        typer.echo(f"warning: {skipped}", err=True)
    typer.echo(f"Wrote {target}: {len(found.feeds)} feeds.")
    if target.resolve() not in {read.resolve() for read in options.load().files}:
        typer.echo(f"Now add it to {main}:\n\n    include: [{target.relative_to(main.parent)}]\n")


@app.command("export")
def give(
    context: typer.Context,
    outputs: Annotated[
        bool, typer.Option("--outputs", help="The feeds that this hub publishes, instead of its sources.")
    ] = False,
) -> None:
    """Print the sources as OPML, a folder a category; never with credentials."""
    from feedhub import generator
    from feedhub.app import App

    options: Options = context.obj
    loaded = options.load()
    catalogue = loaded.catalogue
    if outputs:
        typer.echo(generator.opml(catalogue.outputs.values(), catalogue.site).decode(), nl=False)
        return
    with App(loaded) as hub:
        titles = {one.feed_id: one.title for one in hub.store.statuses()}
    feeds = list(catalogue.feeds.values())
    typer.echo(generator.opml_sources(feeds, titles, catalogue.site.title).decode(), nl=False)

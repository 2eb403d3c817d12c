"""`feedhub opml import` and `export`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from feedhub.cli.context import Options
from feedhub.cli.wording import counted

app = typer.Typer(no_args_is_help=True, help="Take subscriptions over from another reader, and hand them on.")

LARGEST = 64 * 1024 * 1024


@app.command("import", short_help="Add another reader's subscriptions to the configuration.")
def take(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An OPML that another reader exported.")],
    printed: Annotated[
        bool, typer.Option("--print", help="Print the YAML instead of writing it beside the configuration.")
    ] = False,
) -> None:
    """Add an OPML's feeds to the configuration, in a file of their own: conf.d/NAME.yaml.

    A feed's outermost folder becomes its category, the folders inside that its tags; a category that is there
    takes its feeds. What is listed already is left out.
    """
    from feedhub import config
    from feedhub.cli.editing import alone
    from feedhub.errors import UsageError

    options: Options = context.obj
    main = options.path()
    categories = options.load().catalogue.categories
    try:
        found = config.read_opml(content(file))
    except config.OpmlError as error:
        raise UsageError(f"{file}: {error}; give the file that another reader exported") from error
    for skipped in found.skipped:
        typer.echo(f"warning: {skipped}", err=True)
    with alone(main):
        feeds = config.unlisted(main, os.environ, found.feeds)
        if known := len(found.feeds) - len(feeds):
            typer.echo(f"{counted(known, 'feed')} listed already: left out.", err=True)
        names = config.joining((feed.category for feed in feeds), categories)
        feeds = tuple(replace(feed, category=names[feed.category]) for feed in feeds)
        if printed:
            typer.echo(config.opml_yaml(feeds, file.name), nl=False)
        elif feeds:
            try:
                target = config.import_opml(feeds, file.name, main)
            except OSError as error:
                raise UsageError(f"cannot write {error.filename}: {error.strerror}") from error
            typer.echo(f"Wrote {target}: {counted(len(feeds), 'feed')}.")
            include(main, target)
        else:
            typer.echo("Nothing to add.")


def content(file: Path) -> bytes:
    """Return what a file holds; UsageError if it cannot be read."""
    from feedhub.errors import UsageError

    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error


def include(main: Path, target: Path) -> None:
    """Have the configuration include a new file, unless it does by a *; else say what to write into it."""
    from feedhub import config
    from feedhub.cli.editing import save

    if target.resolve() in config.load(main, os.environ).files:
        return
    try:
        edit = config.include_file(main, os.environ, str(target.relative_to(main.parent)))
    except config.CannotAddError as error:
        typer.echo(f"Now add it to {main}, which cannot be edited safely:\n\n{error.lines}\n")
        raise typer.Exit(1) from error
    save(main, edit)
    typer.echo(f"{main}:{edit.line} includes it now.")


@app.command("export", short_help="Print the sources, or the published feeds, as OPML.")
def give(
    context: typer.Context,
    outputs: Annotated[
        bool, typer.Option("--outputs", help="The feeds that this hub publishes, instead of its sources.")
    ] = False,
) -> None:
    """Print the sources as OPML, a folder a category; never with credentials."""
    from feedhub import generator

    options: Options = context.obj
    loaded = options.load()
    with options.open(loaded) as opened:
        catalogue, statuses = opened.hub.catalogue, opened.store.statuses()
    if outputs:
        typer.echo(generator.opml(catalogue.outputs.values(), catalogue.site).decode(), nl=False)
        return
    listed = generator.opml_sources(catalogue.feeds.values(), statuses, catalogue.site.title)
    typer.echo(listed.decode(), nl=False)

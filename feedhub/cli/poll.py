"""`feedhub poll`: one round of what is due, published at the end."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from feedhub.cli.completion import feed_ids
from feedhub.cli.context import Options
from feedhub.cli.wording import counted

if TYPE_CHECKING:
    from feedhub.app import App
    from feedhub.hub import Polled


def poll(
    context: typer.Context,
    feeds: Annotated[
        list[str] | None,
        typer.Argument(metavar="FEED", autocompletion=feed_ids, help="Only these feed ids."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Poll feeds that are not due too.")] = False,
) -> None:
    """Poll what is due once, publish what changed, and end. Exit code 1 if no feed could be read."""
    from feedhub.config import closest
    from feedhub.errors import UsageError

    options: Options = context.obj
    loaded = options.load()
    if unknown := sorted(set(feeds or ()) - set(loaded.catalogue.feeds)):
        named = ", ".join(f"{name}{closest(name, loaded.catalogue.feeds)}" for name in unknown)
        raise UsageError(f"no such feed: {named}; 'feedhub status' lists the ids")
    with options.open(loaded, polling=True) as app:
        if not poll_once(app, feeds, everything=everything):
            raise typer.Exit(1)


def poll_once(app: App, feeds: Collection[str] | None = None, *, everything: bool = False) -> bool:
    """Poll a round, publish and say what came of it; return False if no feed that was asked could be read."""
    rounds = app.hub.poll_due(set(feeds) if feeds else None, ignore_schedule=everything or bool(feeds))
    expected = len(feeds or app.hub.catalogue.feeds)
    outcomes, new = Counter[str](), 0
    for one in follow(rounds, expected):  # kept, the results would fill memory
        outcomes[one.result.outcome] += 1
        new += one.report.new
    built = publish(app)
    polled, failed = outcomes.total(), outcomes["failed"]
    typer.echo(
        f"{counted(polled, 'feed')} polled: {outcomes['updated']} updated, "
        f"{outcomes['unchanged']} unchanged, {failed} failed; "
        f"{counted(new, 'new entry', 'new entries')}; {counted(built, 'output')} published."
    )
    if not polled and not (everything or feeds):
        typer.echo("Nothing was due; --all ignores the schedule.", err=True)
    held = expected - polled if everything or feeds else 0
    if held > 0:
        typer.echo(f"{held} not asked: asked minutes ago, told by the server to wait, or gone.", err=True)
    return not polled or failed < polled


def publish(app: App) -> int:
    """Publish what is stored, as files too; return how many outputs were built."""
    built = app.hub.build_dirty()
    app.hub.mirror()
    app.export()
    return built


def follow(rounds: Iterable[Polled], expected: int) -> Iterable[Polled]:
    """Pass on every result, with a progress bar on a terminal."""
    if not sys.stderr.isatty():
        return rounds
    from rich.console import Console
    from rich.progress import track

    return track(rounds, description="Polling", total=expected, console=Console(stderr=True), transient=True)

"""`feedhub preview`: what an output would publish, before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from feedhub.cli.completion import output_paths
from feedhub.cli.console import console
from feedhub.cli.context import Options
from feedhub.cli.wording import counted

if TYPE_CHECKING:
    from feedhub.model import Catalogue, Output, Story

FORMATS = (".atom", ".rss", ".json", ".html")


def preview(
    context: typer.Context,
    output: Annotated[
        str,
        typer.Argument(
            metavar="OUTPUT",
            autocompletion=output_paths,
            help="Its path or address: tag/python, category/news, all, or a name of yours.",
        ),
    ],
    form: Annotated[
        Literal["table", "atom", "rss", "json"], typer.Option("--format", help="A table, or the feed itself.")
    ] = "table",
    limit: Annotated[int, typer.Option(help="Rows of the table.")] = 20,
) -> None:
    """Show what an output would publish now, by the configuration as it is written. Changes nothing."""
    from feedhub.app import rehearsal
    from feedhub.errors import UsageError
    from feedhub.worker import utc_now

    options: Options = context.obj
    loaded = options.load()
    with rehearsal(loaded) as stage:
        chosen = named(stage.hub.catalogue, output)
        if form == "table":
            show(stage.hub.select(chosen), limit)
            return
        for document in stage.hub.render(chosen, utc_now()):
            if document.path.endswith(f".{form}"):
                typer.echo(document.body.decode(), nl=False)
                return
    raise UsageError(f"{chosen.path} is not published as {form}, but as {', '.join(chosen.formats)}")


def named(catalogue: Catalogue, wanted: str) -> Output:
    """Return the output that a person means: by path, address, name or title; UsageError if there is none."""
    from difflib import get_close_matches

    from feedhub.errors import UsageError

    path = wanted.removeprefix(catalogue.site.url).strip("/")
    for ending in FORMATS:
        path = path.removesuffix(ending)
    if path in catalogue.outputs:
        return catalogue.outputs[path]
    alike = [
        output
        for output in catalogue.outputs.values()
        if path.casefold()
        in (output.path.casefold(), output.path.rpartition("/")[2], output.title.casefold())
    ]
    if len(alike) == 1:
        return alike[0]
    paths = sorted(one.path for one in alike) or get_close_matches(path, catalogue.outputs, n=5)
    known = paths or sorted(catalogue.outputs)[:30]
    hint = "did you mean" if paths else "there are"
    raise UsageError(f"there is no output {wanted}; {hint} {', '.join(known)}")


def heading(story: Story) -> str:
    """Return a story's title, or its address."""
    return story.entry.title or story.entry.link or story.id


def show(stories: list[Story], limit: int) -> None:
    """Print stories as a table, feed text as plain text."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("published", "title", "sources", "tags"):
        table.add_column(column, overflow="fold")
    for story in stories[:limit]:
        table.add_row(
            f"{story.published_at:%Y-%m-%d %H:%M}",
            Text(heading(story)),
            Text(", ".join(dict.fromkeys(source.feed_id for source in story.sources))),
            Text(", ".join(sorted(story.tags))),
        )
    out = console()
    out.print(table)
    beyond = f", {limit} shown" if len(stories) > limit else ""
    out.print(counted(len(stories), "item") + beyond, style="dim")

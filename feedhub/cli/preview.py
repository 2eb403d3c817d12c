"""`feedhub preview` and `feedhub plan`: what a configuration would publish, before it does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from feedhub.cli.context import Options

if TYPE_CHECKING:
    from feedhub.app import Rehearsal
    from feedhub.model import Document, Story

SHOWN = 5
STORY_ID = re.compile(rb"urn:uuid:[0-9a-f-]{36}")


def preview(
    context: typer.Context,
    output: Annotated[str, typer.Argument(help="Its path: tag/python, category/news, all, or a name.")],
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
    path = output.strip("/")
    chosen = loaded.catalogue.outputs.get(path)
    if chosen is None:
        known = ", ".join(sorted(loaded.catalogue.outputs)[:30])
        raise UsageError(f"there is no output {output!r}; there are {known}")
    with rehearsal(loaded) as stage:
        if form == "table":
            show(stage.hub.select(chosen), limit)
            return
        for document in stage.hub.render(chosen, utc_now()):
            if document.path.endswith(f".{form}"):
                typer.echo(document.body.decode(), nl=False)
                return
    raise UsageError(f"{path} is not published as {form}: see its formats")


def plan(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
) -> None:
    """Say what the configuration as it is written would change of what is published. Changes nothing.

    Compares with what was published last: write an edit to another file beside the one in force, and give it
    with -c.
    """
    from feedhub.app import rehearsal

    options: Options = context.obj
    loaded = options.load()
    with rehearsal(loaded) as stage:
        feeds = changed_feeds(stage)
        edits = list(changed_outputs(stage))
    if as_json:
        typer.echo(json.dumps({**feeds, "outputs": [edit.record() for edit in edits]}, ensure_ascii=False))
        return
    for word, ids in feeds.items():
        if ids:
            typer.echo(f"{word.replace('_', ' ')}: {', '.join(ids)}")
    for edit in edits:
        typer.echo(edit.sentence())
        for mark, titles in (("+", edit.came), ("-", edit.left)):
            for title in titles[:SHOWN]:
                typer.echo(f"    {mark} {title}")
            if len(titles) > SHOWN:
                typer.echo(f"    {mark} and {len(titles) - SHOWN} more")
    if not edits and not any(feeds.values()):
        typer.echo("Nothing would change.")


@dataclass(frozen=True, slots=True)
class Edit:
    """What would become of one output; `came` and `left` are titles."""

    path: str
    what: Literal["new", "gone", "changed"]
    came: tuple[str, ...]
    left: tuple[str, ...]

    def record(self) -> dict[str, object]:
        """Return it for JSON."""
        return {"path": self.path, "what": self.what, "gains": list(self.came), "loses": list(self.left)}

    def sentence(self) -> str:
        """Return it in a sentence."""
        if self.what == "gone":
            return f"{self.path}: is published no more; its subscribers get 404"
        if self.what == "new":
            return f"{self.path}: is new, with {len(self.came)} items"
        return (
            f"{self.path}: gains {len(self.came)} items, which its subscribers see as new, "
            f"and loses {len(self.left)}, which leave silently"
        )


def changed_feeds(stage: Rehearsal) -> dict[str, list[str]]:
    """Return the feeds that would be polled from now on, or no more."""
    now, before = set(stage.hub.catalogue.feeds), set(stage.feeds_before)
    return {"feeds_added": sorted(now - before), "feeds_removed": sorted(before - now)}


def changed_outputs(stage: Rehearsal) -> Iterable[Edit]:
    """Yield the outputs whose items would differ from those published last."""
    hub = stage.hub
    published = items_of(stage.published)
    for path, output in sorted(hub.catalogue.outputs.items()):
        stories = hub.select(output)
        if path not in published:
            yield Edit(path, "new", tuple(map(heading, stories)), ())
            continue
        before, after = published[path], {story.id for story in stories}
        came = tuple(heading(story) for story in stories if story.id not in before)
        left = tuple(title_of(stage, id) for id in before if id not in after)
        if came or left:
            yield Edit(path, "changed", came, left)
    for path in sorted(set(published) - set(hub.catalogue.outputs)):
        yield Edit(path, "gone", (), ())


def items_of(documents: Iterable[Document]) -> dict[str, list[str]]:
    """Return the ids of the stories that each output's documents list, in their order."""
    found: dict[str, list[str]] = {}
    for document in documents:
        path, _, form = document.path.rpartition(".")
        ids = [id.decode() for id in STORY_ID.findall(document.body)]
        # An Atom feed's own id comes before those of its entries.
        found[path] = list(dict.fromkeys(ids[1:] if form == "atom" else ids))
    return found


def title_of(stage: Rehearsal, id: str) -> str:
    """Return the title of a story that an output would list no more."""
    found = stage.store.find(id, limit=1)
    return heading(found[0]) if found else id


def heading(story: Story) -> str:
    """Return a story's title, or its address."""
    return story.entry.title or story.entry.link or story.id


def show(stories: list[Story], limit: int) -> None:
    """Print stories as a table, feed text as plain text."""
    from rich.console import Console
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
    console = Console()
    if not console.is_terminal:
        console.width = 200
    console.print(table)
    console.print(f"{len(stories)} items" + (f", {limit} shown" if len(stories) > limit else ""), style="dim")

"""`feedhub test-rule`: what a condition would match among the stored entries, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from feedhub.cli.completion import feed_ids
from feedhub.cli.console import console
from feedhub.cli.context import Options
from feedhub.cli.status import stamp
from feedhub.cli.wording import counted

if TYPE_CHECKING:
    from feedhub.model import Catalogue, Condition, Dossier, Entry
    from feedhub.ports import Store

PAGE = 500


class Judgement(NamedTuple):
    """Whether the condition holds for an entry (or a story, by the entry it shows), and why."""

    entry: Entry
    story: str
    published_at: datetime
    held: bool
    why: str


def test_rule(
    context: typer.Context,
    query: Annotated[
        str,
        typer.Argument(
            metavar="QUERY",
            help="Such as 'title:rust -author:bot words:>300', or as in the file: '{title: [rust, go]}'.",
        ),
    ],
    feed: Annotated[
        str, typer.Option("--feed", metavar="ID", autocompletion=feed_ids, help="Entries of one feed only.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=0, help="Matches shown at most, the newest.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
) -> None:
    """Show which stored entries a condition matches, and why. Nothing is changed.

    Entries are judged as a rule sees them; a query for `age` or `sources` judges stories, as an output does.
    """
    from feedhub.errors import UsageError
    from feedhub.rules import fields_of

    options: Options = context.obj
    condition = read(query)
    loaded = options.load()
    if feed and feed not in loaded.catalogue.feeds:
        raise UsageError(f"no such feed: {feed}; 'feedhub status' lists the ids")
    of_stories = not {"age", "sources"}.isdisjoint(fields_of(condition))
    asked, matching, stories, shown = 0, 0, set[str](), list[Judgement]()
    with options.open(loaded) as app:
        now = app.clock()
        for dossier in archive(app.store, feed):
            judged = of_story(condition, dossier, now) if of_stories else of_entries(condition, dossier, feed)
            for one in judged:
                asked += 1
                if one.held:
                    matching += 1
                    stories.add(one.story)
                    shown += [one] if len(shown) < limit else []
    what = "stories" if of_stories else "entries"
    if as_json:
        rows = [record(one) for one in shown]
        told = {"query": query, "judged": what, "asked": asked, "matching": matching, "matches": rows}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    table(shown)
    if not asked:
        typer.echo("Nothing is stored yet: 'feedhub poll' asks the feeds.", err=True)
        return
    beyond = f", the newest {limit} shown" if matching > limit else ""
    among = "" if of_stories else f" in {counted(len(stories), 'story', 'stories')}"
    typer.echo(f"{matching} of {asked} {what} match{among}{beyond}.", err=True)
    for hint in () if matching else unknown_names(query, loaded.catalogue):
        typer.echo(hint, err=True)


def read(query: str) -> Condition:
    """Return the condition; a mistake is shown below the place where it is, and ends the command."""
    from rich.cells import cell_len

    from feedhub.rules import ConditionError, compile_condition

    try:
        return compile_condition(written(query))
    except ConditionError as error:
        if not query.strip().startswith("{"):
            before = " " * cell_len(query[: error.offset or 0])
            typer.echo(f"{query}\n{before}^ {error.message}", err=True)
        else:
            where = ".".join(map(str, error.path))
            typer.echo(f"{query}\n{where + ': ' if where else ''}{error.message}", err=True)
        raise typer.Exit(2) from error


def written(query: str) -> object:
    """Return a query, or the mapping that it is written as; ConfigError if it is no YAML."""
    from pathlib import Path

    from feedhub.config.document import Document
    from feedhub.errors import ConfigError

    if not query.strip().startswith("{"):
        return query
    document = Document(Path("condition"), query)
    if document.problems:
        raise ConfigError(document.problems)
    return document.data


def unknown_names(query: str, catalogue: Catalogue) -> Iterator[str]:
    """Yield a sentence for each name in a query that nothing has."""
    from feedhub.config import closest
    from feedhub.rules import fold, read_condition

    tags = [output.title for output in catalogue.outputs.values() if output.kind == "tag"]
    known = {"feed": [*catalogue.feeds], "category": [*catalogue.categories], "tag": tags}
    for asked in read_condition(written(query))[1]:
        names = known.get(asked.field)
        if names is not None and not asked.expression and fold(asked.value) not in map(fold, names):
            yield f"No {asked.field} is called {asked.value}{closest(asked.value, names)}."


def archive(store: Store, feed: str) -> Iterator[Dossier]:
    """Yield everything that is stored, the newest first."""
    skip = 0
    while page := store.archive(feed=feed, skip=skip, limit=PAGE):
        yield from page
        skip += PAGE


def of_entries(condition: Condition, dossier: Dossier, feed: str) -> Iterator[Judgement]:
    """Judge a story's entries as a rule after all others would."""
    from feedhub.rules import Facts, holds, reason

    for witness in dossier.witnesses:
        entry = witness.entry.shown()
        if not witness.kept or (feed and entry.feed_id != feed):
            continue
        at = min(entry.published_at or entry.first_seen_at, entry.first_seen_at)
        facts = Facts(entry, dossier.story.category, (entry.feed_id,), entry.tags, at)
        yield Judgement(entry, dossier.story.id, at, holds(condition, facts), reason(condition, facts))


def of_story(condition: Condition, dossier: Dossier, now: datetime) -> Iterator[Judgement]:
    """Judge a story as an output's `from` would now."""
    from feedhub.rules import holds, reason, story_facts

    story = dossier.story
    if any(witness.shown for witness in dossier.witnesses):
        facts = story_facts(story, now)
        held = holds(condition, facts)
        yield Judgement(story.entry, story.id, story.ordered_at, held, reason(condition, facts))


def table(matches: list[Judgement]) -> None:
    """Print the matches, a line each."""
    from rich.table import Table
    from rich.text import Text

    rows = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("published", "feed", "title", "why"):
        rows.add_column(column, overflow="fold")
    for one in matches:
        dropped = f" (dropped by {one.entry.dropped})" if one.entry.dropped else ""
        rows.add_row(
            f"{one.published_at:%Y-%m-%d %H:%M}",
            Text(one.entry.feed_id),
            Text(one.entry.title or one.entry.link),
            Text(one.why + dropped),
        )
    out = console()
    if matches:
        out.print(rows)


def record(one: Judgement) -> dict[str, object]:
    """Return a match for JSON."""
    return {
        "feed": one.entry.feed_id,
        "title": one.entry.title,
        "link": one.entry.link,
        "published": stamp(one.published_at),
        "story": one.story,
        "tags": sorted(one.entry.tags),
        "dropped": one.entry.dropped,
        "why": one.why,
    }

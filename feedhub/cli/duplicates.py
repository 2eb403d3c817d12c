"""`feedhub duplicates`, `split` and `merge`: what was merged and why, to be judged and corrected."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from feedhub.cli.completion import category_names
from feedhub.cli.console import console
from feedhub.cli.context import Options
from feedhub.cli.status import stamp
from feedhub.cli.wording import counted


def duplicates(
    context: typer.Context,
    category: Annotated[
        str,
        typer.Option(
            "--category", metavar="NAME", autocompletion=category_names, help="Of one category only."
        ),
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="Stories at most, the newest.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array, for machines.")] = False,
) -> None:
    """List the stories that have several sources, with why they were taken for one."""
    from feedhub.errors import UsageError

    options: Options = context.obj
    loaded = options.load()
    with options.open(loaded) as app:
        if category and category not in app.hub.catalogue.categories:
            raise UsageError(f"no such category: {category}")
        found = app.store.merged(category=category, limit=limit)
    if as_json:
        from feedhub.cli.explain import summary

        typer.echo(json.dumps([summary(one) for one in found], indent=2, ensure_ascii=False))
        return

    from feedhub.cli.explain import plain

    out = console()
    for one in found:
        out.print(plain(one.story.entry.title or one.story.entry.link or one.story.id, "bold"))
        out.print(plain(f"  {one.story.category}  {stamp(one.story.published_at)}  {one.story.id}", "dim"))
        for witness in one.witnesses:
            source = witness.source
            why = source.reason or (
                "the first of them" if source.matched_by == "first" else source.matched_by
            )
            said = "" if source.title == one.story.entry.title else f"  {source.title}"
            out.print(plain(f"  {witness.name}  {source.score:.2f}  {why}{said}"))
    typer.echo(
        f"{counted(len(found), 'story', 'stories')} with several sources. A wrong one: feedhub split ENTRY; "
        "two that are one: feedhub merge A B.",
        err=True,
    )


def split(
    context: typer.Context,
    entries: Annotated[
        list[str], typer.Argument(metavar="ENTRY", help="FEED/KEY as `explain` shows it, or a link.")
    ],
) -> None:
    """Make each entry a story of its own, for good: it joins nothing and nothing joins it."""
    options: Options = context.obj
    with options.open() as app:
        stories = app.store.split(entries, app.clock())
        # As the file wants them: a link or guid alone may be those of several feeds.
        names = [app.store.dossiers(story, limit=1)[0].witnesses[0].name for story in stories]
        app.hub.build_dirty()
        app.hub.mirror()
    for name, story in zip(names, stories, strict=True):
        typer.echo(f"{name} is a story of its own: {story}")
    typer.echo(f"To keep it beyond this database: corrections: {{split: {json.dumps(names)}}}", err=True)


def merge(
    context: typer.Context,
    stories: Annotated[
        list[str],
        typer.Argument(metavar="STORY", help="Two or more: stories' ids, or entries: FEED/KEY or a link."),
    ],
) -> None:
    """Make one story of several, for good: the older id stays, the other item leaves the outputs."""
    from feedhub.errors import UsageError

    if len(stories) < 2:
        raise UsageError("two stories at least make one: feedhub merge A B")
    options: Options = context.obj
    with options.open() as app:
        story = app.store.merge(stories, app.clock())
        (dossier,) = app.store.dossiers(story, limit=1)
        app.hub.build_dirty()
        app.hub.mirror()
    names = [witness.name for witness in dossier.witnesses]
    typer.echo(f"{len(names)} entries are one story: {story}")
    typer.echo(f"To keep it beyond this database: corrections: {{merge: [{json.dumps(names)}]}}", err=True)

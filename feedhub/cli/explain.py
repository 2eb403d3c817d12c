"""`feedhub explain`: why a story is what it is, where it is published, and where it is not and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feedhub.cli.console import console
from feedhub.cli.context import Options
from feedhub.cli.status import stamp

if TYPE_CHECKING:
    from feedhub.cli.account import Account
    from feedhub.model import Dossier, Witness

EXPLAINED_AT_MOST = 5
NAMED_AT_MOST = 50


def explain(
    context: typer.Context,
    what: Annotated[
        str, typer.Argument(metavar="URL|ID|TITLE", help="A link, guid, story id, or part of a title.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array, for machines.")] = False,
) -> None:
    """Show an entry's story: its sources and why they are one, rules, tags, outputs, and why not in others.

    Where a part of a title means many stories they are listed, to take one. Exit code 1 if nothing is known
    by that name.
    """
    from feedhub.cli.account import account

    options: Options = context.obj
    with options.open() as app:
        now = app.clock()
        found = app.store.dossiers(what.strip(), limit=NAMED_AT_MOST)
        if len(found) > EXPLAINED_AT_MOST and not as_json:
            name_all(found, what)
            return
        accounts = [account(dossier, app.hub.catalogue, app.hub.select, now) for dossier in found]
    if as_json:
        typer.echo(json.dumps([record(one) for one in accounts], indent=2, ensure_ascii=False))
    elif not accounts:
        typer.echo(
            f"nothing is known of {what}: no story has this id, link or guid, or it in a title", err=True
        )
    else:
        show(accounts)
    if not accounts:
        raise typer.Exit(1)


def name_all(found: list[Dossier], what: str) -> None:
    """List the stories that a part of a title means."""

    out = console()
    for one in found:
        story = one.story
        line = f"{stamp(story.published_at)}  {story.id}  {story.entry.title}"
        out.print(plain(line, no_wrap=True))
    many = f"the newest {len(found)}" if len(found) == NAMED_AT_MOST else str(len(found))
    typer.echo(f"{what} is in the titles of many stories ({many} here): say more of it, or an id.", err=True)


def show(accounts: list[Account]) -> None:
    """Print a page for people. What feeds say is plain text in it: no markup, no control characters."""
    from rich.padding import Padding
    from rich.table import Table

    out = console()
    for number, one in enumerate(accounts):
        if number:
            out.rule(style="dim")
        story = one.dossier.story
        out.print(plain(story.entry.title or story.entry.link or story.id, "bold"))
        facts = Table.grid(padding=(0, 2))
        for name, value in (
            ("story", story.id),
            ("link", story.entry.link),
            ("category", ", ".join(dict.fromkeys((story.category, *categories(one.dossier))))),
            ("published", stamp(story.published_at)),
            ("updated", stamp(story.updated_at)),
            ("tags", ", ".join(f"{tag} ({why})" for tag, why in one.tags) or "none"),
            ("related", ", ".join(f"{other.title} {other.id}" for other in story.see_also)),
            ("", "private: its feed has credentials or is not public" if story.private else ""),
        ):
            if value:
                facts.add_row(plain(name, "dim"), plain(value))
        out.print(Padding(facts, (0, 0, 1, 2)))
        sources = Table(box=None, header_style="bold", pad_edge=False)
        for column in ("entry", "matched by", "score", "why", "published", "first seen", "state"):
            sources.add_column(column, overflow="fold")
        for told in one.entries:
            witness, source = told.witness, told.witness.source
            sources.add_row(
                plain(witness.name), plain(source.matched_by), f"{source.score:.2f}",
                plain(source.reason or "-"), stamp(source.published_at) or "not said",
                stamp(source.first_seen_at), plain(told.state),
            )  # fmt: skip
        out.print(Padding(sources, (0, 0, 1, 2)))
        for told in one.entries:
            for verdict in told.verdicts:
                mark = "applies" if verdict.held else "does not apply"
                out.print(plain(f"  {verdict.rule} {mark} to {told.witness.name}: {verdict.why}"))
        for place in one.places:
            style = "green" if place.listed else "default"
            out.print(plain(f"  {'in' if place.listed else 'not in'} /{place.path}: {place.why}", style))


def categories(dossier: Dossier) -> list[str]:
    """Return the categories of a story's entries."""
    return [witness.source.category for witness in dossier.witnesses if witness.shown]


def plain(text: object, style: str = "", *, no_wrap: bool = False) -> Any:
    """Return text as rich prints it as it is, without control characters: a feed may have written it."""
    from rich.text import Text

    words = "".join(char if char.isprintable() else " " for char in str(text))
    return Text(words, style=style, overflow="fold", no_wrap=no_wrap)


def record(one: Account) -> dict[str, object]:
    """Return what is known of a story for JSON."""
    return {
        **summary(one.dossier),
        "tags": [{"tag": tag, "from": why} for tag, why in one.tags],
        "entries": [
            {
                **source(told.witness),
                "state": told.state,
                "rules": [{"rule": rule.rule, "held": rule.held, "why": rule.why} for rule in told.verdicts],
            }
            for told in one.entries
        ],
        "outputs": [{"path": place.path, "listed": place.listed, "why": place.why} for place in one.places],
    }


def summary(dossier: Dossier) -> dict[str, object]:
    """Return a story with its entries for JSON."""
    story = dossier.story
    return {
        "id": story.id,
        "category": story.category,
        "title": story.entry.title,
        "link": story.entry.link,
        "published": stamp(story.published_at),
        "updated": stamp(story.updated_at),
        "visible": dossier.visible,
        "private": story.private,
        "related": [{"id": other.id, "title": other.title, "url": other.link} for other in story.see_also],
        "entries": [source(witness) for witness in dossier.witnesses],
    }


def source(witness: Witness) -> dict[str, object]:
    """Return what is known of one entry for JSON."""
    entry = witness.entry
    return {
        "name": witness.name,
        "feed": entry.feed_id,
        "key": entry.key,
        "guid": entry.guid,
        "link": entry.link,
        "title": entry.title,
        "published": stamp(entry.published_at),
        "first_seen": stamp(entry.first_seen_at),
        "matched_by": witness.source.matched_by,
        "score": witness.source.score,
        "reason": witness.source.reason,
    }

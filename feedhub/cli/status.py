"""`feedhub status`: each feed's health."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from feedhub.cli.completion import feed_ids
from feedhub.cli.console import console
from feedhub.cli.context import Options
from feedhub.cli.wording import counted

if TYPE_CHECKING:
    from feedhub.model import FeedStatus
    from feedhub.pages.health import FeedHealth

STYLES = {
    "gone": "red", "failing": "red", "silent": "yellow", "unsteady": "yellow", "new": "dim", "well": "green"
}  # fmt: skip


def status(
    context: typer.Context,
    feeds: Annotated[
        list[str] | None,
        typer.Argument(metavar="FEED", autocompletion=feed_ids, help="Only these feed ids, in detail."),
    ] = None,
    unwell: Annotated[
        bool, typer.Option("--unwell", help="Only feeds with something wrong or doubtful about them.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array, for machines.")] = False,
) -> None:
    """Show each feed's health, the worst first: what is wrong, what to do, and when it is polled next.

    `unsteady` failed, but not for long; `silent` brings nothing for longer than its own rhythm.
    """
    from feedhub.errors import UsageError
    from feedhub.pages.health import judge, summarise

    options: Options = context.obj
    with options.open() as app:
        statuses = {one.feed_id: one for one in app.store.statuses()}
        catalogue = app.hub.catalogue
        now = app.clock()
    if unknown := sorted(set(feeds or ()) - statuses.keys()):
        raise UsageError(f"no such feed: {', '.join(unknown)}; 'feedhub status' lists the ids")
    judged = judge(statuses.values(), catalogue.feeds, now)
    shown = [
        one
        for one in judged
        if (not feeds or one.id in feeds) and not (unwell and one.level == "well" and not one.warnings)
    ]
    places = {name: feed.place for name, feed in catalogue.feeds.items()}
    moves = {one.feed_id: moved(one, places.get(one.feed_id, "")) for one in statuses.values()}
    if as_json:
        rows = [record(statuses[one.id], one, places.get(one.id, "")) for one in shown]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if feeds:
        detail(shown, places, moves, now)
    else:
        table(shown, moves, now)
    typer.echo(summarise(judged), err=True)


def table(shown: list[FeedHealth], moves: Mapping[str, str], now: datetime) -> None:
    """Print a line a feed."""
    from rich.table import Table
    from rich.text import Text

    rows = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("feed", "category", "state", "last success", "next poll", "entries", "what is wrong"):
        rows.add_column(column, justify="right" if column == "entries" else "left", overflow="fold")
    for one in shown:
        rows.add_row(
            Text(one.id),
            Text(one.category),
            Text(one.level, style=STYLES[one.level]),
            ago(one.last_success_at, now),
            until(one.next_poll_at, now),
            str(one.entries),
            Text(" ".join(complaints(one, moves[one.id]))),
        )
    out = console()
    if shown:
        out.print(rows)


def detail(
    shown: list[FeedHealth], places: Mapping[str, str], moves: Mapping[str, str], now: datetime
) -> None:
    """Print all that is known of some feeds."""
    from rich.table import Table
    from rich.text import Text

    out = console()
    for one in shown:
        out.print(Text(f"{one.title}: {one.level}", style="bold"))
        facts = Table.grid(padding=(0, 2))
        polled = until(one.next_poll_at, now)
        for name, value in (
            ("address", one.address),
            ("written in", places.get(one.id, "")),
            ("wrong", " ".join(complaints(one, moves[one.id]))),
            ("last success", ago(one.last_success_at, now)),
            ("last entry", ago(one.last_entry_at, now)),
            ("next poll", f"{polled}. {one.why_next}" if one.why_next else polled),
            ("entries", f"{one.entries}, in {counted(one.stories, 'story', 'stories')}"),
        ):
            if value:
                facts.add_row(Text(f"  {name}", style="dim"), Text(value))
        out.print(facts)


def complaints(one: FeedHealth, move: str) -> Iterator[str]:
    """Yield what is wrong with a feed and what to do, in sentences."""
    said = f"{one.detail.rstrip('.')}." if one.detail else one.says
    yield from filter(
        None, (said, one.advice, move, *(f"{warning.rstrip('.')}." for warning in one.warnings))
    )


def moved(one: FeedStatus, place: str) -> str:
    """Say where a feed has moved to and which line to change; empty if it has not, or not for sure yet."""
    state = one.state
    if not state.moved_url or state.url != state.moved_url:
        return ""
    return f"moved for good: put {state.moved_url} into {place or 'the configuration'}"


def condition(one: FeedStatus) -> str:
    """Return the state that the last poll left a feed in, in a word or two."""
    if one.state.gone:
        return "gone"
    if one.reason == "offline":
        return "offline"
    if one.last_outcome == "failed":
        return "failing"
    return ("ok, with warnings" if one.warnings else "ok") if one.last_outcome else "new"


def ago(at: datetime | None, now: datetime) -> str:
    """Return how long ago an instant was, in its largest unit."""
    return "never" if at is None else f"{span((now - at).total_seconds())} ago"


def until(at: datetime | None, now: datetime) -> str:
    """Return how far off an instant is, in its largest unit."""
    if at is None:
        return "never"
    return "now" if at <= now else f"in {span((at - now).total_seconds())}"


def span(seconds: float) -> str:
    """Return a duration in its largest whole unit: `5 min`."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def record(one: FeedStatus, health: FeedHealth, place: str) -> dict[str, object]:
    """Return a feed's health for JSON."""
    state = one.state
    return {
        "id": one.feed_id,
        "url": one.url,
        "category": one.category,
        "title": one.title,
        "state": condition(one),
        "health": health.level,
        "says": health.says,
        "advice": health.advice,
        "last_polled": stamp(state.last_polled_at),
        "last_success": stamp(state.last_success_at),
        "next_poll": None if state.gone else stamp(one.next_poll_at),
        "entries": one.entries,
        "stories": one.stories,
        "failures": state.failures,
        "status": one.last_status,
        "reason": one.reason,
        "error": one.error,
        "warnings": list(one.warnings),
        "moved_to": state.moved_url or None,
        "moved_for_good": bool(state.moved_url) and state.url == state.moved_url,
        "next_poll_because": health.why_next,
        "place": place,
        "gone": state.gone,
    }


def stamp(at: datetime | None) -> str | None:
    """Return an instant in RFC 3339, or None."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None

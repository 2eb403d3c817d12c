"""`feedhub status`: each feed's health."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from feedhub.cli.context import Options

if TYPE_CHECKING:
    from feedhub.model import FeedStatus


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array, for machines.")] = False,
) -> None:
    """Show each feed's last success, next poll, entries and failures with their reason."""
    from feedhub.app import App

    options: Options = context.obj
    with App(options.load()) as app:
        statuses = app.store.statuses()
        places = {name: feed.place for name, feed in app.hub.catalogue.feeds.items()}
        now = app.clock()
    if as_json:
        typer.echo(
            json.dumps(
                [record(one, places.get(one.feed_id, "")) for one in statuses], indent=2, ensure_ascii=False
            )
        )
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("feed", "category", "state", "last success", "next poll", "entries", "why"):
        table.add_column(column, justify="right" if column == "entries" else "left", overflow="fold")
    for one in statuses:
        state, style = condition(one)
        table.add_row(
            Text(one.feed_id),
            Text(one.category),
            Text(state, style=style),
            ago(one.state.last_success_at, now),
            "never" if one.state.gone else until(one.next_poll_at, now),
            str(one.entries),
            Text(
                "; ".join(filter(None, (one.error, moved(one, places.get(one.feed_id, "")), *one.warnings)))
            ),
        )
    console = Console()
    if not console.is_terminal:
        console.width = 200
    console.print(table)


def condition(one: FeedStatus) -> tuple[str, str]:
    """Return a feed's state in a word or two, and the colour for it."""
    if one.state.gone:
        return "gone", "red"
    if one.reason == "offline":
        return "offline", "yellow"
    if one.last_outcome == "failed":
        return f"failing ({one.state.failures})", "red"
    if not one.last_outcome:
        return "new", "dim"
    return ("ok, with warnings", "yellow") if one.warnings else ("ok", "green")


def moved(one: FeedStatus, place: str) -> str:
    """Say where a feed has moved to and which line to change; empty if it has not, or not for sure yet."""
    state = one.state
    if not state.moved_url or state.url != state.moved_url:
        return ""
    return f"moved for good: put {state.moved_url} into {place or 'the configuration'}"


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


def record(one: FeedStatus, place: str) -> dict[str, object]:
    """Return a feed's health for JSON."""
    state = one.state
    return {
        "id": one.feed_id,
        "url": one.url,
        "category": one.category,
        "title": one.title,
        "state": condition(one)[0],
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
        "place": place,
        "gone": state.gone,
    }


def stamp(at: datetime | None) -> str | None:
    """Return an instant in RFC 3339, or None."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None

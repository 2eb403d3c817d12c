"""`feedhub plan`: what an edit of the configuration would change, before it does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from feedhub.cli.context import Options
from feedhub.cli.preview import heading
from feedhub.cli.wording import counted

if TYPE_CHECKING:
    from feedhub.app import Rehearsal
    from feedhub.model import Story
    from feedhub.ports import Store

SHOWN = 5
ATOM = "{http://www.w3.org/2005/Atom}"


def plan(
    context: typer.Context,
    asking: Annotated[
        bool, typer.Option("--poll", help="Ask the feeds that are added, so that their items count too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
) -> None:
    """Say what the configuration as it is written would change of what is published. Changes nothing.

    Compares with what was polled and published last: write an edit to another file beside the one in force,
    and give it with -c.
    """
    from feedhub.app import rehearsal

    options: Options = context.obj
    loaded = options.load()
    with rehearsal(loaded, asking=asking) as stage:
        feeds = changed_feeds(stage)
        if asking and feeds.added:
            for _ in stage.hub.poll_due(set(feeds.added), ignore_schedule=True):
                pass
        edits = list(changed_outputs(stage))
    if as_json:
        record = {**feeds.record(), "outputs": [edit.record() for edit in edits]}
        typer.echo(json.dumps(record, indent=2, ensure_ascii=False))
        return
    for line in feeds.sentences(asked=asking):
        typer.echo(line)
    for edit in edits:
        typer.echo(edit.sentence())
        for mark, titles in (("+", edit.came), ("-", edit.left)):
            for title in titles[:SHOWN]:
                typer.echo(f"    {mark} {''.join(char for char in title if char.isprintable())}")
            if len(titles) > SHOWN:
                typer.echo(f"    {mark} and {len(titles) - SHOWN} more")
    if not edits and not any(feeds.record().values()):
        typer.echo("Nothing would change.")


@dataclass(frozen=True, slots=True)
class Feeds:
    """The feeds that would be polled from now on, or no more, and those that change category, with how."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[tuple[str, str, str], ...]

    def record(self) -> dict[str, object]:
        """Return it for JSON."""
        moved = [{"feed": feed, "from": before, "to": now} for feed, before, now in self.moved]
        return {"feeds_added": list(self.added), "feeds_removed": list(self.removed), "feeds_moved": moved}

    def sentences(self, *, asked: bool) -> Iterator[str]:
        """Return it in sentences."""
        if self.added:
            note = "" if asked else " (their items are not counted below; plan --poll asks them)"
            yield f"Adds {counted(len(self.added), 'feed')}: {', '.join(self.added)}{note}"
        if self.removed:
            yield f"Removes {counted(len(self.removed), 'feed')}: {', '.join(self.removed)}"
        for feed, before, now in self.moved:
            yield f"Moves {feed} from category {before} to {now}"


@dataclass(frozen=True, slots=True)
class Edit:
    """What would become of one output; `came` and `left` are titles, `news` how many of those that came its
    subscribers have never seen in it."""

    path: str
    what: Literal["new", "gone", "changed"]
    came: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    news: int = 0

    def record(self) -> dict[str, object]:
        """Return it for JSON."""
        gains, loses = list(self.came), list(self.left)
        return {
            "path": self.path,
            "what": self.what,
            "gains": gains,
            "loses": loses,
            "seen_as_new": self.news,
        }

    def sentence(self) -> str:
        """Return it in a sentence."""
        if self.what == "gone":
            return f"Output {self.path} would be published no more: its subscribers get 404"
        came, left = counted(len(self.came), "item"), counted(len(self.left), "item")
        if self.what == "new":
            return f"Output {self.path} would be new, with {came}"
        if not self.came:
            return f"Output {self.path} would lose {left}, in silence"
        loses = f" and lose {len(self.left)}" if self.left else ""
        return f"Output {self.path} would gain {came}{loses}; its subscribers would see {self.news} as new"


def changed_feeds(stage: Rehearsal) -> Feeds:
    """Return what would become of the feeds."""
    now = stage.hub.catalogue.feeds
    before = {one.feed_id: one.category for one in stage.live.statuses()}
    moved = [
        (id, before[id], now[id].category)
        for id in sorted(now.keys() & before.keys())
        if before[id] != now[id].category
    ]
    return Feeds(
        tuple(sorted(now.keys() - before.keys())), tuple(sorted(before.keys() - now.keys())), tuple(moved)
    )


def changed_outputs(stage: Rehearsal) -> Iterable[Edit]:
    """Yield the outputs whose items would differ from those published last."""
    from feedhub.generator import item_id

    hub = stage.hub
    published = items(stage.live)
    for path, output in sorted(hub.catalogue.outputs.items()):
        stories = {item_id(one, anew=output.update_policy == "republish"): one for one in hub.select(output)}
        if path not in published:
            yield Edit(path, "new", tuple(map(heading, stories.values())))
            continue
        before = published[path]
        came = [story for id, story in stories.items() if id not in before]
        left = tuple(title_of(stage.store, id) for id in before if id not in stories)
        if came or left:
            known = first_items(stage.live, path, len(before)) if came else ()
            news = sum(story.id not in known and not was_in(stage.live, path, story) for story in came)
            yield Edit(path, "changed", tuple(map(heading, came)), left, news)
    for path in sorted(set(published) - set(hub.catalogue.outputs)):
        yield Edit(path, "gone")


def first_items(live: Store, path: str, most: int) -> set[str]:
    """Return the ids of what an output listed when it began, as long as it is a member still."""
    standing = live.standing(path)
    return (
        {story.id for story in live.stories(path, limit=most, until=standing.created_at)}
        if standing
        else set()
    )


def was_in(live: Store, path: str, story: Story) -> bool:
    """Say whether an output has listed a story since it began: it is a member, if crowded out by others."""
    listed, standing = live.story(story.id), live.standing(path)
    return bool(listed and standing and path in listed.outputs and story.ordered_at >= standing.created_at)


def items(store: Store) -> dict[str, list[str]]:
    """Return the ids of the items that each output's documents list, in their order."""
    from feedhub.model import output_path

    found: dict[str, list[str]] = {}
    for name, _ in store.documents():
        path, _, form = name.rpartition(".")
        if path == output_path(name) and path not in found and (document := store.document(name)):
            found[path] = ids(document.body, form)
    return found


def ids(body: bytes, form: str) -> list[str]:
    """Return the items' ids of a document that FeedHub made."""
    from lxml import etree

    if form == "json":
        return [item["id"] for item in json.loads(body)["items"]]
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, huge_tree=True))
    wanted = root.iterfind(f"{ATOM}entry/{ATOM}id") if form == "atom" else root.iterfind("channel/item/guid")
    return [element.text or "" for element in wanted]


def title_of(store: Store, id: str) -> str:
    """Return the title of a story that an output would list no more."""
    found = store.find(id, limit=1)
    return heading(found[0]) if found else id
